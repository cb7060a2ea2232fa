// Draws the phase: a few large words, the stamp card or the reader, and the acts that fit.

import * as choice from "./choice.js";
import {byId, button, el, icon} from "./dom.js";
import * as flow from "./flow.js";
import {givenText} from "./holdings.js";
import {t} from "./i18n.js";
import {money} from "./money.js";
import {HANDS_OVER, sumOf, words} from "./outcome.js";
import {issueForm, undoQuestion} from "./questions.js";
import {readerPicture} from "./reader_picture.js";
import {refundView} from "./refund_view.js";
import {hasOffers} from "./shop_kind.js";
import {standingCard} from "./standing.js";
import {get} from "./state.js";
import {capital, holdingText, stampCard} from "./stampcard.js";
import * as offers from "./views_offers.js";

let acts = {};

// theActs: {sellNow, nextAmount, redeem, undo, newCard, again, issue, undoNow, look, refund}
export function startStage(theActs) {
  acts = theActs;
  flow.onPhase(draw);
  draw(flow.now(), {phase: ""});
}

export function redraw() {
  draw(flow.now(), flow.now());
}

function draw(now, before) {
  const stage = byId("stage");
  const hadFocus = stage.contains(document.activeElement);
  const kept = hadFocus && now.phase === before.phase ? document.activeElement.dataset.keep : null;
  const view = VIEWS[now.phase](now);
  document.body.dataset.phase = now.phase;
  stage.dataset.tone = view.tone || "calm";
  const side = el("div", {class: "view-side"}, view.side);
  const title = el("h2", {id: "stage-title"}, view.title);
  const text = el("div", {class: "view-words"},
    view.icon && el("p", {class: "badge"}, icon(view.icon)), title,
    view.big && el("p", {class: "big"}, view.big), view.text && el("p", {class: "text"}, view.text),
    view.facts && view.facts.length > 0 && el("dl", {class: "facts"}, view.facts.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)))),
    view.note && el("p", {class: "note"}, view.note), view.form, view.hint && el("p", {class: "hint"}, view.hint), view.acts && el("div", {class: "acts"}, view.acts));
  const clock = now.stays && !["shown", "blank"].includes(now.phase) && now.stays < 15000 ? el("div", {class: "clock", "aria-hidden": "true"}) : null;
  if (clock) clock.style.setProperty("--stays", `${now.stays}ms`);
  stage.replaceChildren(el("div", {class: `view view-${now.phase}${view.rich ? " rich" : ""}${view.single ? " single" : ""}`}, text, view.side && side), clock || "");
  if (now.phase !== before.phase || now.note !== before.note) announce(view);
  const first = (kept && stage.querySelector(`[data-keep="${CSS.escape(kept)}"]:not(:disabled)`)) || stage.querySelector("[data-first]");
  if (first) first.focus();
  else if (hadFocus) stage.focus({preventScroll: true});
}

function announce(view) {
  const region = byId(view.tone === "doubt" || view.tone === "danger" ? "shout" : "say");
  region.textContent = [view.title, view.big, view.text, ...(view.facts || []).map((fact) => fact.join(" ")), view.note, view.hint].filter(Boolean).join(". ");
}

const shop = () => get().shop;
const first = (node) => { node.dataset.first = ""; return node; };
const escape = (words, onclick = flow.cancel) => button(words, {key: t("key.esc"), onclick});
const changed = () => { flow.linger(); redraw(); };
const emptyCard = () => (hasOffers() ? standingCard(shop(), {progress: shop().empty}) : stampCard(shop(), {stamps: 0, needed: shop().stamps_needed, ready: 0, reward: shop().reward}));

function saleText(wish) {
  if (!wish || !wish.amount) return "";
  return money(shop(), wish.amount);
}

function rewardActs(offer, wish) {
  return [
    button(t("reward.yes"), {kind: "primary", picture: "gift", key: t("key.redeem"), onclick: () => acts.redeem(offer, wish)}),
    escape(t("reward.no"), flow.rest),
  ];
}

function rewardWords(offer) {
  return {title: t(offer.ready > 1 ? "card.ready_many" : "card.ready", {n: offer.ready, reward: capital(offer.reward)}), big: t("reward.question")};
}

function undoAct() {
  return button(t("undo.short"), {kind: "plain", picture: "undo", key: t("key.undo"), onclick: acts.undo});
}

const VIEWS = {
  idle: () => (hasOffers() ? offers.idleView(shop(), acts) : {
    title: t("idle.title"), text: t("idle.text"), side: emptyCard(),
    acts: [button(t("idle.new_card"), {kind: "quiet", picture: "new-card", key: t("key.new"), onclick: acts.newCard}),
      button(t("idle.redeem"), {kind: "quiet", picture: "gift", key: t("key.redeem"), onclick: () => acts.redeem(null, null)})],
  }),
  asking: (now) => ({title: t("waiting.title"), big: saleText(now.wish), side: readerPicture("waiting")}),
  waiting: (now) => ({
    title: t(now.again ? "waiting.again" : "waiting.title"), big: saleText(now.wish), side: readerPicture("waiting"),
    text: now.hint ? t("waiting.take_away") : t(`waiting.${hasOffers() && now.wish.kind === "sell" ? "sell_offers" : now.wish.kind}`),
    note: hasOffers() && now.wish.kind === "sell" ? choice.chosenText(shop()) : null,
    acts: [escape(t("waiting.cancel")), hasOffers() && now.wish.kind === "sell" && button(t("waiting.look"), {picture: "card", key: t("key.look"), onclick: acts.look})],
  }),
  working: (now) => ({title: t("working.title"), big: saleText(now.wish), text: t("working.text"), side: readerPicture("working")}),
  reading: () => ({title: t("working.title"), text: t("reading.text"), side: readerPicture("working")}),
  shown: (now) => (hasOffers() && !UNUSABLE.includes(now.answer.status) ? offers.shownView(shop(), now, acts, changed) : shownView(now)),
  done: (now) => (hasOffers() ? offers.doneView(shop(), now, acts) : doneView(now)),
  doubt: (now) => doubtView(now),
  settled: (now) => settledView(now),
  refused: (now) => refusedView(now),
  blank: (now) => ({
    tone: "ask", icon: "new-card", title: t(now.unfinished ? "blank.unfinished" : "blank.title"), text: t(now.unfinished ? "blank.unfinished_text" : "blank.text"),
    acts: [first(button(t("blank.yes"), {kind: "primary", key: t("key.new"), onclick: acts.newCard})), escape(t("blank.no"), flow.rest)],
    side: emptyCard(),
  }),
  issue: () => ({tone: "ask", title: t("issue.title"), text: t("issue.text"), form: issueForm(shop(), acts.issue), side: emptyCard()}),
  refund: (now) => refundView(shop(), now),
  undo: () => ({tone: "ask", icon: "undo", title: t("undo.title"), ...undoQuestion(shop(), get().lastSale, acts.undoNow)}),
  trouble: (now) => {
    const {message, hint} = words(now);
    return {tone: "danger", icon: "alert", title: message, text: hint, acts: [escape(t("close"), flow.rest)]};
  },
};

// The card's picture beside the words.
function cardSide(now, options = {}) {
  if (hasOffers()) return now.answer.progress ? standingCard(shop(), now.answer) : null;
  return now.offer && stampCard(shop(), now.offer, options);
}

const UNUSABLE = ["blocked", "replaced", "needs_repair"];

function shownView(now) {
  const {offer, answer} = now;
  if (UNUSABLE.includes(answer.status)) {
    return {tone: "refused", icon: "manager", title: t(`card.status.${answer.status}`), text: t("code.CARD_BLOCKED.hint"), side: cardSide(now), acts: [escape(t("close"), flow.rest)]};
  }
  if (!offer) return {title: answer.message, text: answer.hint};
  const price = acts.nextAmount();
  const ready = offer.ready > 0;
  return {
    tone: ready ? "reward" : "calm",
    ...(ready ? rewardWords(offer) : {title: t("card.of", {stamps: offer.stamps, needed: offer.needed}), big: t("card.to_go", {n: offer.needed - offer.stamps})}),
    text: [ready && offer.stamps % offer.needed ? t("reward.rest", {n: offer.stamps % offer.needed}) : "", answer.card_number ? t("card.number", {number: answer.card_number}) : "", answer.in_doubt ? t("shown.in_doubt") : ""].filter(Boolean).join(" · "),
    note: now.note, side: stampCard(shop(), offer),
    acts: ready ? rewardActs(offer, null)
      : [price && button(t("sale.sell_now", {amount: money(shop(), price)}), {kind: "primary", picture: "cup", key: t("key.enter"), onclick: acts.sellNow}), undoAct()],
  };
}

function doneView(now) {
  const {offer, answer, wish, fresh} = now;
  const gave = (answer.rewards || []).length > 0;
  const ready = now.question;
  const titles = {
    undo: () => t("done.undo"), issue: () => t("done.issue"), block: () => t("done.block"), unblock: () => t("done.unblock"), repair: () => t("done.repair"),
    redeem: () => t("done.reward", {reward: capital(offer ? offer.reward : shop().reward)}),
  };
  const title = ready ? rewardWords(offer).title : (titles[gave ? "redeem" : answer.operation] || (() => (fresh ? t("done.stamps", {n: fresh}) : t("done.no_stamp"))))();
  const about = [ready && fresh ? t("done.stamps", {n: fresh}) : "", saleText(wish), answer.card_number ? t("card.number", {number: answer.card_number}) : ""].filter(Boolean).join(" · ");
  return {
    tone: ready || gave ? "reward" : "good", icon: gave ? "gift" : ready ? null : "check", title,
    big: ready ? rewardWords(offer).big : offer ? holdingText(offer) : "", text: gave ? t("done.hand_over") : about, note: now.note,
    side: offer && stampCard(shop(), offer, {fresh: gave ? 0 : fresh, gone: gave}),
    acts: ready ? rewardActs(offer, null) : null,
  };
}

function doubtView(now) {
  const gives = HANDS_OVER.includes(now.answer.operation);
  const key = now.answer.operation === "redeem" ? "doubt.hold" : "doubt.hold_undo";
  return {
    tone: gives ? "danger" : "doubt", icon: gives ? "hand" : "again", title: t(gives ? key : "doubt.title"),
    big: gives ? t("doubt.title") : "", text: t(gives ? `${key}_text` : "doubt.text"), side: readerPicture("again"),
    acts: [escape(t("doubt.next"))],
  };
}

function settledView(now) {
  const operation = (now.wish && now.wish.operation) || now.answer.operation;
  const key = `settled.${HANDS_OVER.includes(operation) || operation === "issue" ? operation : "earn"}_${now.landed ? "landed" : "not_landed"}`;
  const acts_ = now.landed ? null : [
    first(button(t("settled.again"), {kind: "primary", picture: "again", key: t("key.enter"), onclick: () => acts.again(now.wish)})), escape(t("settled.leave"), flow.rest)];
  const offer = now.offer;
  return {
    tone: now.landed ? "good" : "ask", icon: now.landed ? "check" : "undo", title: t(key), big: offer && !hasOffers() ? holdingText(offer) : "",
    text: t(`${key}_text`, {reward: (now.answer.rewards || []).map(givenText).join(", ") || shop().reward}), side: cardSide(now, {fresh: now.landed ? sumOf(now.answer.earned) : 0}), acts: acts_,
  };
}

function refusedView(now) {
  const {message, hint} = words(now.answer);
  const manager = ["STALE_CARD", "NEEDS_REPAIR", "CARD_BLOCKED", "NOT_GENUINE"].includes(now.answer.refused);
  const again = now.wish && ["NO_CARD", "CARD_LOST", "READ_AGAIN", "TAP_TOO_LONG", "READER_LOST", "INTERRUPTED"].includes(now.answer.refused);
  return {
    tone: "refused", icon: manager ? "manager" : "cross", title: message, text: hint, note: now.note,
    side: cardSide(now),
    acts: [now.answer.refused === "NO_SUCH_SALE" && now.wish && now.wish.kind === "refund" && first(button(t("refund.receipt"), {kind: "primary", onclick: () => acts.refund(null, true)})), again && first(button(t("settled.again"), {kind: "primary", picture: "again", key: t("key.enter"), onclick: () => acts.again(now.wish)})), escape(t("close"), flow.rest)],
  };
}
