// The one thing that goes on at the till, as a phase:
//
//   idle  asking  waiting  working      a wish and its card
//   reading  shown  blank  refused      what a card said, with or without a wish
//   done  doubt  settled                how a wish ended
//   undo  issue  refund  trouble        questions to the cashier, and the daemon's own refusals
//
// Events of the daemon and acts of the cashier come in, listeners hear the new phase. Nothing here draws.

import * as api from "./api.js";
import {meaning} from "./outcome.js";

const STAYS_MS = {done: 4000, shown: 15000, settled: 12000, refused: 12000, blank: 45000, trouble: 12000};
const QUESTION_MS = 30000; // a reward that was offered
const LINGER_MS = 60000; // choices of the customer, or money to be collected
const QUESTIONS = ["issue", "undo", "refund"];
const ENDED = ["done", "cancelled"];
const TOO_QUICK = ["CARD_LOST", "READ_AGAIN", "TAP_TOO_LONG"]; // nothing was changed: the same wish simply waits again
const AGAIN_AT_MOST = 5;
const ECHO_MS = 1500; // the reader's own word follows a wish's answer; it is the same news

let current = {phase: "idle"};
let doubt = null; // the wish that is in doubt while others are served
let timer = 0;
let handled = ""; // the intent's end that was shown already
let endedAt = 0;
const listeners = [];
const cardListeners = [];

export const now = () => current;
export const openDoubt = () => doubt;
export const isBusy = () => ["asking", "waiting", "working"].includes(current.phase);

export function onPhase(listener) {
  listeners.push(listener);
}

// A card was laid down while sales to refund are listed.
export function onCardSeen(listener) {
  cardListeners.push(listener);
}

export function go(next) {
  clearTimeout(timer);
  const before = current;
  current = next;
  current.stays = (next.question ? QUESTION_MS : next.lingers ? LINGER_MS : STAYS_MS[next.phase]) || 0;
  linger();
  for (const listener of listeners) listener(current, before);
}

// Somebody works with what is shown: its time begins anew.
export function linger() {
  clearTimeout(timer);
  if (current.stays) timer = setTimeout(rest, current.stays);
}

// Back to rest, or to the doubt that nobody has put aside.
export function rest() {
  go(doubt && !doubt.aside ? {phase: "doubt", ...doubt} : {phase: "idle"});
}

// wish: a body of POST /intents; again: how often the card left too early (ours, not the daemon's)
export async function ask(wish, again = 0) {
  if (isBusy()) return;
  const mine = {phase: "asking", wish, again};
  go(mine);
  try {
    const intent = await api.postIntent(wish);
    if (current === mine || (current.id && current.id === intent.id)) intentEvent({...intent, wish});
    else if (current.phase === "idle") await api.cancelIntent(intent.id);
  } catch (trouble) {
    showTrouble(trouble);
  }
}

export function showTrouble(trouble) {
  if (trouble instanceof api.Problem) go({phase: "trouble", code: trouble.code, message: trouble.detail || trouble.title, hint: trouble.hint, status: trouble.status});
  else if (trouble instanceof api.Unreachable) go({phase: "trouble", code: "UNREACHABLE"});
  else throw trouble;
}

export async function cancel() {
  if (current.phase === "waiting" && current.id) {
    const {id} = current;
    try {
      await api.cancelIntent(id);
      if (current.id === id && current.phase === "waiting") rest();
    } catch (trouble) {
      showTrouble(trouble);
    }
  } else if (current.phase === "doubt") {
    doubt = {...doubt, aside: true};
    go({phase: "idle"});
  } else if (!isBusy()) {
    rest();
  }
}

export function dismissResult() {
  if (["done", "settled", "refused", "trouble", "shown"].includes(current.phase)) rest();
}

// {id, kind, state, answer, settled, hint, amount}
export function intentEvent(intent) {
  if (ENDED.includes(intent.state)) {
    intentEnded(intent);
    return;
  }
  if (handled.startsWith(`${intent.id}:`)) return; // an old answer of the network after the end was told
  const ours = isOurs(intent);
  const wish = intent.wish || (ours && current.wish) || {kind: intent.kind, amount: intent.amount || 0};
  if (current.id === intent.id && current.phase === "working" && intent.wish) return;
  go({phase: intent.state, id: intent.id, wish, hint: intent.hint || "", again: (ours && current.again) || 0});
}

const isOurs = (intent) => current.id === intent.id || current.phase === "asking";

function intentEnded(intent) {
  const {answer} = intent;
  const key = `${intent.id}:${answer ? answer.outcome : intent.state}:${Boolean(intent.settled)}`;
  if (handled === key) return;
  const ours = isOurs(intent);
  handled = key;
  endedAt = Date.now();
  if (intent.state === "cancelled" || !answer) {
    if (ours) rest();
    return;
  }
  let wish = intent.wish || (ours && current.wish) || {kind: intent.kind, amount: intent.amount || answer.paid || 0};
  const again = (current.again || 0) + 1;
  if (ours && TOO_QUICK.includes(answer.refused) && again <= AGAIN_AT_MOST) {
    current = {phase: "idle"};
    ask(wish, again);
    return;
  }
  if (doubt && (doubt.id === intent.id || isDoubted(answer.sale))) wish = doubt.wish;
  const next = {...meaning(answer, wish), id: intent.id};
  if (next.phase === "doubt") {
    doubt = {...next, wish: {...wish, doubtful: true, sale: answer.sale, operation: answer.operation}};
    go({...doubt, phase: "doubt"});
    return;
  }
  if (wish.doubtful || (answer.settled || []).some((item) => isDoubted(item.sale))) doubt = null;
  go(next);
}

const isDoubted = (sale) => Boolean(doubt && sale && doubt.wish.sale === sale);

// A card without a wish: {present, outcome, face, refused, message, hint, settled, operation}
export function cardEvent(event) {
  if (isBusy()) return;
  if (!event.present) {
    if (current.phase === "reading") rest();
    return;
  }
  if (current.phase === "refund" && event.face) {
    for (const listener of cardListeners) listener(event.face.card_number);
  }
  if (QUESTIONS.includes(current.phase)) return;
  if (event.outcome === "reading") {
    if (current.phase === "idle") go({phase: "reading"});
    return;
  }
  if (!event.outcome || (event.operation !== "show" && Date.now() - endedAt < ECHO_MS)) return;
  const answer = {settled: [], ...event, ...(event.face || {})};
  const next = meaning(answer, null);
  const own = answer.settled.find((item) => isDoubted(item.sale));
  if (own) {
    const {wish, id} = doubt;
    doubt = null;
    go({...next, phase: "settled", landed: own.outcome === "landed", wish, id, note: null});
  } else if (next.phase !== "doubt") {
    go(next);
  }
}

// After a restart or a long absence: what waits now, from GET /state, and what became of the wish that we left.
export async function resume(intent) {
  if (isBusy() && current.id && (!intent || intent.id !== current.id)) {
    const {wish, id} = current;
    try {
      intentEvent({...(await api.getIntent(id)), wish});
    } catch (trouble) {
      if (!(trouble instanceof api.Problem)) throw trouble;
      rest();
    }
  }
  if (intent) intentEvent(intent);
}
