// Starts the till: texts, state, then the parts. What a key or button does is said here, once.

import * as api from "./api.js";
import * as basket from "./basket.js";
import * as choice from "./choice.js";
import {startDemo} from "./demo.js";
import {byId, fillIcon} from "./dom.js";
import {listen} from "./events.js";
import * as extras from "./extras.js";
import * as flow from "./flow.js";
import {givenText, listText} from "./holdings.js";
import {fillTexts, loadTexts, t} from "./i18n.js";
import * as shelf from "./items.js";
import {startKeys} from "./keys.js";
import * as pad from "./pad.js";
import {openRefund} from "./refund.js";
import {hasItems, hasOffers} from "./shop_kind.js";
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
    if (!basket.total() || flow.isBusy()) return;
    flow.ask({kind: "sell", ...basket.sale(), redeem: "none", ...(hasOffers() ? choice.wish(get().shop) : {})});
  },
  stamp: (price) => { if (!flow.isBusy()) flow.ask({kind: "sell", amount: price, lines: [], redeem: hasOffers() && get().shop.auto ? "auto" : "none"}); },
  sellNow: () => {
    if (basket.total()) acts.ask();
    else if (hasOffers()) giveAlone();
    else if (pad.usualPrice()) acts.stamp(pad.usualPrice());
  },
  nextAmount: () => basket.total() || pad.usualPrice(),
  // A reward with an amount typed is a sale that redeems; alone it is a sale of nothing.
  redeem: (offer) => {
    if (flow.isBusy()) return;
    const id = offer ? offer.id : "auto";
    if (basket.total()) flow.ask({kind: "sell", ...basket.sale(), redeem: id});
    else flow.ask({kind: "redeem", redeem: id});
  },
  // The card is read first, so that the customer can choose; a sale that waits gives way and stays typed.
  look: async () => {
    if (flow.now().phase === "waiting") await flow.cancel();
    if (!flow.isBusy()) flow.ask({kind: "show"});
  },
  refund: (card = null, receipt = false) => openRefund({card, receipt}),
  undo: () => { if (!flow.isBusy()) flow.go({phase: "undo"}); },
  undoNow: (last) => flow.ask({kind: "undo", sale: last ? last.sale : null}),
  newCard: () => { if (!flow.isBusy()) flow.go({phase: "issue"}); },
  issue: (opening) => flow.ask({kind: "issue", ...opening}),
  again: (wish) => flow.ask(cleanWish(wish)),
};

function giveAlone() {
  const {answer} = flow.now();
  const one = choice.taken(get().shop, answer);
  if (one && one.alone && choice.isChosen()) flow.ask({kind: "redeem", redeem: one.id});
}

// The wish of a doubt without what the page noted on it; a sale that did not land is asked for anew.
function cleanWish({doubtful, operation, sale, ...asked}) {
  const wish = {...asked};
  if (["undo", "refund"].includes(wish.kind)) wish.sale = sale;
  if (wish.kind !== "sell") delete wish.amount;
  return wish;
}

function enter() {
  const {phase, wish} = flow.now();
  if (phase === "shown") acts.sellNow();
  else if (phase === "settled" && !flow.now().landed) acts.again(wish);
  else if (["idle", "done", "refused", "trouble", "settled"].includes(phase)) acts.ask();
}

function redeemKey() {
  const {phase, offer, answer} = flow.now();
  if (!hasOffers()) acts.redeem(["shown", "done"].includes(phase) && offer && offer.ready ? offer : null);
  else if (phase === "shown") choosing(() => choice.nextReward(get().shop, answer));
  else if (phase === "done" && choice.aloneOf(get().shop, answer).length === 1) acts.redeem(choice.aloneOf(get().shop, answer)[0]);
  else acts.look();
}

// Something about the shown card's choices.
function choosing(act) {
  if (flow.now().phase !== "shown") return;
  act();
  flow.linger();
  redraw();
}

function typing(act) {
  return (...words) => {
    if (flow.isBusy() || flow.now().phase === "refund") return;
    if (["done", "settled", "refused", "trouble"].includes(flow.now().phase)) flow.dismissResult();
    act(...words);
    if (flow.now().phase !== "shown") return;
    flow.linger();
    redraw();
  };
}

// Whoever types an amount on the keyboard means the next Enter for it, wherever the focus was left.
function typed(act) {
  const guarded = typing(act);
  return (...words) => {
    guarded(...words);
    if (document.activeElement instanceof HTMLButtonElement && basket.total()) byId("ask").focus({preventScroll: true});
  };
}

function onPhase(now, before) {
  const rewarded = now.phase === "done" && (now.answer.rewards || []).length > 0;
  if (now.phase === "settled") play(now.landed ? "done" : "refused");
  else if (now.phase === "done") play(rewarded || now.question ? "reward" : "done");
  else if (SOUNDS[now.phase] && now.phase !== before.phase) play(SOUNDS[now.phase]);
  if (now.phase === "done" || (now.phase === "settled" && now.landed)) keepSale(now);
  showAsk();
}

// Before anything is drawn: whose choices these are.
function holdChoice(now) {
  if (now.phase === "shown") choice.begin(now.answer.card_number);
  if (now.phase === "idle") choice.reset();
}

function showAsk() {
  byId("ask").setAttribute("aria-disabled", String(flow.isBusy() || basket.total() === 0));
}

function keepSale({answer, wish}) {
  if (answer.operation === "undo") set({lastSale: null});
  if (!["earn", "redeem"].includes(answer.operation)) return;
  basket.clear();
  choice.reset();
  const given = (answer.rewards || [])[0] || "";
  const reward = hasOffers() ? givenText(given) : given;
  const stamps = sumOf(answer.earned);
  const earned = hasOffers() ? listText(answer.earned) : stamps ? t("undo.stamps", {n: stamps}) : "";
  set({lastSale: {sale: answer.sale, amount: answer.paid || (wish && wish.amount) || 0, earned, reward, card_number: answer.card_number}});
}

async function readState() {
  const state = await api.getState();
  const {shop} = state;
  shop.stamp_items = (shop.stamp_items || []).map((item) => (typeof item === "string" ? item : item.name || item.sku));
  shop.quick_amounts = shop.quick_amounts || [];
  set({shop, readers: state.readers, today: state.today, tapAlone: state.tap_alone, may: state.may});
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
  document.body.classList.toggle("with-offers", hasOffers());
  startSale(get().shop);
  flow.onPhase(holdChoice);
  startStage(acts);
  startToday(acts.undo);
  flow.onPhase(onPhase);
  flow.onCardSeen((card) => { if (flow.now().step !== "lines") openRefund({card}); });
  byId("ask").addEventListener("click", acts.ask);
  const demo = await startDemo();
  startKeys({
    digit: typed(pad.digit), backspace: typed(pad.backspace), clear: typed(wipe), more: typed(() => oneMore(1)), less: typed(() => oneMore(-1)), quick: typed(quick),
    enter, escape: escapeKey, redeem: redeemKey, undo: acts.undo, newCard: acts.newCard, oneStamp: () => pad.usualPrice() && acts.stamp(pad.usualPrice()),
    sound: toggleSound, theme: toggleTheme, present: demo && demo.present, blank: demo && demo.blank,
    look: acts.look, all: () => choosing(() => choice.allPoints(get().shop, flow.now().answer)), code: typing(extras.askCode), discount: typing(extras.askDiscount),
    refund: () => acts.refund(), search: shelf.openSearch,
  }, {demo: Boolean(demo), items: hasItems(), offers: hasOffers()});
  listen({
    reader: putReader, intent: flow.intentEvent, card: flow.cardEvent,
    today: (today) => { set({today}); refreshDoubts(); }, case: refreshDoubts, resync,
    online: (online, first) => { set({online}); if (online && !first) resync(); },
  });
  refreshDoubts();
  await flow.resume(state.intent);
  document.body.classList.remove("starting");
}

// The pad, the articles and what is said beside them.
function startSale(shop) {
  const items = hasItems();
  pad.startPad(shop, {ask: acts.ask, stamp: acts.stamp, guard: typing, ...(items ? {add: addOpen, typed: shelf.typed, total: basket.total} : {})});
  if (items) shelf.startItems(shop, {guard: typing, changed: () => { pad.refresh(); extras.draw(); }});
  extras.startExtras(shop, {guard: typing, changed: () => {}});
}

function addOpen() {
  basket.addOpen();
  shelf.show("items");
}

function wipe() {
  basket.clear();
  if (hasItems()) shelf.show("items");
}

function oneMore(by) {
  if (!hasItems()) pad.changeQuantity(by);
  else if (by > 0 && pad.minor()) addOpen();
  else basket.change(basket.lastLine(), by);
}

function quick(index) {
  const amount = get().shop.quick_amounts[index];
  if (hasItems()) shelf.pressTile(index);
  else if (amount) pad.setAmount(amount);
}

function escapeKey() {
  const {phase, step} = flow.now();
  if (phase === "idle") wipe();
  else if (phase === "refund" && step !== "list") openRefund();
  else flow.cancel();
}

start();
