// Starts the till: texts, state, then the parts. What a key or button does is said here, once.

import * as api from "./api.js";
import {startDemo} from "./demo.js";
import {byId, fillIcon} from "./dom.js";
import {listen} from "./events.js";
import * as flow from "./flow.js";
import {fillTexts, loadTexts} from "./i18n.js";
import {startKeys} from "./keys.js";
import * as pad from "./pad.js";
import {play, startSound, toggleSound} from "./sound.js";
import {redraw, startStage} from "./stage.js";
import {get, putReader, set} from "./state.js";
import {startStatus} from "./status.js";
import {startTheme, toggleTheme} from "./theme.js";
import {refreshDoubts, startToday} from "./today.js";
import {sumOf} from "./outcome.js";

const SOUNDS = {shown: "present", refused: "refused", trouble: "refused", doubt: "again", blank: "present"};

const acts = {
  ask: () => {
    if (!pad.minor() || flow.isBusy()) return;
    flow.ask({kind: "sell", ...pad.sale(), redeem: "none"});
  },
  stamp: (price) => { if (!flow.isBusy()) flow.ask({kind: "sell", amount: price, lines: [], redeem: "none"}); },
  sellNow: () => (pad.minor() ? acts.ask() : pad.usualPrice() && acts.stamp(pad.usualPrice())),
  nextAmount: () => pad.minor() || pad.usualPrice(),
  // A reward with an amount typed is a sale that redeems; alone it is a sale of nothing.
  redeem: (offer) => {
    if (flow.isBusy()) return;
    const id = offer ? offer.id : "auto";
    if (pad.minor()) flow.ask({kind: "sell", ...pad.sale(), redeem: id});
    else flow.ask({kind: "redeem", redeem: id});
  },
  undo: () => { if (!flow.isBusy()) flow.go({phase: "undo"}); },
  undoNow: (last) => flow.ask({kind: "undo", sale: last ? last.sale : null}),
  newCard: () => { if (!flow.isBusy()) flow.go({phase: "issue"}); },
  issue: (opening) => flow.ask({kind: "issue", ...opening}),
  again: (wish) => flow.ask(cleanWish(wish)),
};

// The wish of a doubt without what the page noted on it; a sale that did not land is asked for anew.
function cleanWish({kind, amount, lines, redeem, sale, reason, opening}) {
  const wish = {kind, amount, lines, redeem, reason, opening};
  if (kind === "undo") wish.sale = sale;
  if (kind === "redeem") delete wish.amount;
  return wish;
}

function enter() {
  const {phase, wish} = flow.now();
  if (phase === "shown") acts.sellNow();
  else if (phase === "settled" && !flow.now().landed) acts.again(wish);
  else if (["idle", "done", "refused", "trouble", "settled"].includes(phase)) acts.ask();
}

function redeemKey() {
  const {phase, offer} = flow.now();
  acts.redeem(["shown", "done"].includes(phase) && offer && offer.ready ? offer : null);
}

function typing(act) {
  return (...words) => {
    if (flow.isBusy()) return;
    if (["done", "settled", "refused", "trouble"].includes(flow.now().phase)) flow.dismissResult();
    act(...words);
    if (flow.now().phase === "shown") redraw();
  };
}

// Whoever types an amount on the keyboard means the next Enter for it, wherever the focus was left.
function typed(act) {
  const guarded = typing(act);
  return (...words) => {
    guarded(...words);
    if (document.activeElement instanceof HTMLButtonElement && pad.minor()) byId("ask").focus({preventScroll: true});
  };
}

function onPhase(now, before) {
  const rewarded = now.phase === "done" && (now.answer.rewards || []).length > 0;
  if (now.phase === "settled") play(now.landed ? "done" : "refused");
  else if (now.phase === "done") play(rewarded || now.question ? "reward" : "done");
  else if (SOUNDS[now.phase] && now.phase !== before.phase) play(SOUNDS[now.phase]);
  if (now.phase === "done" || (now.phase === "settled" && now.landed)) keepSale(now);
  byId("ask").setAttribute("aria-disabled", String(flow.isBusy() || pad.minor() === 0));
}

function keepSale({answer, wish}) {
  if (answer.operation === "undo") set({lastSale: null});
  if (!["earn", "redeem"].includes(answer.operation)) return;
  pad.clear();
  const reward = (answer.rewards || [])[0] || "";
  set({lastSale: {sale: answer.sale, amount: answer.paid || (wish && wish.amount) || 0, stamps: sumOf(answer.earned), reward, card_number: answer.card_number}});
}

async function readState() {
  const state = await api.getState();
  const {shop} = state;
  shop.stamp_items = (shop.stamp_items || []).map((item) => (typeof item === "string" ? item : item.name || item.sku));
  shop.quick_amounts = shop.quick_amounts || [];
  set({shop, readers: state.readers, today: state.today, tapAlone: state.tap_alone});
  return state;
}

async function resync() {
  try {
    const state = await readState();
    await flow.resume(state.intent);
    redraw();
    refreshDoubts();
  } catch (trouble) {
    flow.showTrouble(trouble);
  }
}

async function start() {
  await loadTexts(document.documentElement.lang);
  fillTexts(document);
  for (const picture of document.querySelectorAll("svg[data-icon]")) fillIcon(picture, picture.dataset.icon);
  startTheme();
  startSound();
  const state = await readState();
  startStatus(document.body.dataset.languages.split(" "));
  pad.startPad(get().shop, {ask: acts.ask, stamp: acts.stamp, guard: typing});
  startStage(acts);
  startToday(acts.undo);
  flow.onPhase(onPhase);
  byId("ask").addEventListener("click", acts.ask);
  const demo = await startDemo();
  startKeys({
    digit: typed(pad.digit), backspace: typed(pad.backspace), clear: typed(pad.clear), more: typed(() => pad.changeQuantity(1)), less: typed(() => pad.changeQuantity(-1)),
    quick: typed((index) => get().shop.quick_amounts[index] && pad.setAmount(get().shop.quick_amounts[index])),
    enter, escape: escapeKey, redeem: redeemKey, undo: acts.undo, newCard: acts.newCard, oneStamp: () => pad.usualPrice() && acts.stamp(pad.usualPrice()),
    sound: toggleSound, theme: toggleTheme, present: demo && demo.present, blank: demo && demo.blank,
  }, {demo: Boolean(demo)});
  listen({
    reader: putReader, intent: flow.intentEvent, card: flow.cardEvent,
    today: (today) => { set({today}); refreshDoubts(); }, case: refreshDoubts, resync,
    online: (online, first) => { set({online}); if (online && !first) resync(); },
  });
  refreshDoubts();
  await flow.resume(state.intent);
  document.body.classList.remove("starting");
}

function escapeKey() {
  if (flow.now().phase === "idle") pad.clear();
  else flow.cancel();
}

start();
