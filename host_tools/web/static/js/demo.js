// The demo's counter: virtual cards and hands. Everything else on the page is the product as it is.

import * as api from "./api.js";
import {byId} from "./dom.js";
import * as flow from "./flow.js";
import {t} from "./i18n.js";
import {on} from "./state.js";
import {drawTable} from "./demo_table.js";

const MID_WRITE = {pull_after: 6, mode: "half"}; // exchange 6 of a sale is in the middle of writing the record
const RESULTS = ["done", "settled", "doubt", "refused"]; // a blank card may be a stamp card now
const NO_DEMO = [403, 404];

let cards = [];
let delay = 60;
let armed = false; // the next card is pulled away mid-write
let favourite = null; // the card that P puts down
let table = null;

// {present(), blank()} for the keys, or null where this is no demo.
export async function startDemo() {
  const section = byId("demo");
  if (!section) return null;
  try {
    take(await api.getDemo());
  } catch (trouble) {
    if (trouble instanceof api.Problem && NO_DEMO.includes(trouble.status)) return null;
    throw trouble;
  }
  section.hidden = false;
  table = drawTable(section, {put, pull, blank, arm});
  flow.onPhase(({phase}) => (RESULTS.includes(phase) ? refresh() : show()));
  on(["readers"], refresh);
  return {present: toggle, blank};
}

function take(answer) {
  cards = answer.cards;
  delay = answer.delay_ms;
  const lying = cards.find((card) => card.on_reader);
  if (lying) favourite = lying.id;
}

async function refresh() {
  await quietly(async () => take(await api.getDemo()));
}

async function put(id) {
  favourite = id;
  const tear = armed ? MID_WRITE : {pull_after: null, mode: "not-executed"};
  armed = false;
  await quietly(async () => take(await api.putOnReader({present: id, ...tear})));
}

async function pull() {
  await quietly(async () => take(await api.pullAway()));
}

async function blank() {
  await quietly(async () => {
    const card = await api.newDemoCard();
    favourite = card.id;
    take(await api.getDemo());
  });
  table.reveal(favourite);
}

function toggle() {
  if (cards.some((card) => card.on_reader)) return pull();
  const card = cards.find((one) => one.id === favourite) || cards[0];
  return card ? put(card.id) : blank();
}

function arm() {
  armed = !armed;
  show();
}

async function quietly(act) {
  try {
    await act();
  } catch (trouble) {
    if (trouble instanceof api.Unreachable) return; // the offline mark says it
    flow.showTrouble(trouble);
  }
  show();
}

function show() {
  if (table) table.show({cards, armed, delay, phase: flow.now().phase, label: (card) => t(card.blank ? "demo.blank_card" : "demo.card", {name: card.label})});
}
