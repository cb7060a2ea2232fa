// What the stage shows in a shop with offers of its own: the card's standing with its choices, and what a sale came to.

import * as basket from "./basket.js";
import * as choice from "./choice.js";
import {button, el} from "./dom.js";
import * as flow from "./flow.js";
import {countText, givenText, listText, worth} from "./holdings.js";
import {has, t} from "./i18n.js";
import {money} from "./money.js";
import {percent} from "./next.js";
import {standingCard} from "./standing.js";
import {capital} from "./stampcard.js";

const MANY = 3;

export function idleView(shop, acts) {
  return {
    title: t("idle.title"), text: t("idle.text_offers"), side: standingCard(shop, {progress: shop.empty}),
    acts: [button(t("idle.new_card"), {kind: "quiet", picture: "new-card", key: t("key.new"), onclick: acts.newCard}),
      button(t("idle.look"), {kind: "quiet", picture: "card", key: t("key.redeem"), onclick: acts.look}),
      button(t("idle.refund"), {kind: "quiet", picture: "undo", key: t("key.refund"), onclick: () => acts.refund()})],
  };
}

// acts: {sellNow, refund}; changed(): draw again.
export function shownView(shop, now, acts, changed) {
  const {answer} = now;
  choice.trim(shop, answer);
  const all = choice.rewardsOf(shop, answer);
  const taken = choice.taken(shop, answer);
  const sum = basket.total();
  const chosen = choice.choices(shop, answer, changed);
  return {
    rich: true, tone: all.length ? "reward" : "calm", title: shownTitle(shop, answer, all), note: now.note,
    text: [answer.card_number ? t("card.number", {number: answer.card_number}) : "", answer.in_doubt ? t("shown.in_doubt") : ""].filter(Boolean).join(" · "),
    form: chosen.length > 0 && el("div", {class: "choosing"}, chosen),
    hint: hintText(all, taken, sum), side: standingCard(shop, answer),
    acts: [sum || (taken && taken.alone && choice.isChosen()) ? goButton(shop, answer, taken, sum, acts) : null,
      button(t("idle.refund"), {kind: "plain", picture: "undo", key: t("key.refund"), onclick: () => acts.refund(answer.card_number)})],
  };
}

function shownTitle(shop, answer, all) {
  if (all.length === 1) return t("card.ready", {reward: all[0].label});
  if (all.length) return t("choice.several", {n: all.length});
  const offer = (answer.progress || [])[0];
  if (offer) return t("card.of", {stamps: offer.stamps, needed: offer.needed});
  return listText(answer.counters) || t("choice.nothing");
}

// What to do next, in words.
function hintText(all, taken, sum) {
  if (!sum) return all.length && !all.every((one) => one.alone) ? t("choice.enter_first") : all.length ? t("choice.choose") : "";
  return choice.isChosen() || taken ? t("choice.tap_again") : "";
}

function goButton(shop, answer, taken, sum, acts) {
  const amount = money(shop, sum);
  const words = !sum ? t("choice.give", {reward: taken.label}) : taken ? t("choice.sell_with", {amount, reward: taken.name}) : t("sale.sell_now", {amount});
  return button(words, {kind: "primary", picture: taken ? "gift" : "contactless", key: t("key.enter"), onclick: acts.sellNow});
}

// What a sale, refund or other act came to.
export function doneView(shop, now, acts) {
  const {answer, wish} = now;
  const gave = (answer.rewards || []).map(givenText);
  const sale = ["earn", "redeem"].includes(answer.operation);
  const offers = now.question ? choice.aloneOf(shop, answer) : [];
  const due = sale && (wish && wish.amount || answer.paid || answer.discount) ? (answer.paid ? t("done.pay", {amount: money(shop, answer.paid)}) : t("done.pay_nothing")) : "";
  const title = gave.length ? t("done.reward", {reward: capital(gave.join(", "))}) : due || doneTitle(shop, answer, now.fresh);
  return {
    rich: true, tone: gave.length || offers.length ? "reward" : "good", icon: gave.length ? "gift" : "check", title, big: gave.length ? due : "",
    text: [gave.length ? t("done.hand_over") : "", answer.card_number ? t("card.number", {number: answer.card_number}) : ""].filter(Boolean).join(" "),
    facts: sale ? facts(shop, answer, wish) : [], note: [now.note, declined(answer)].filter(Boolean).join(" ") || null,
    side: standingCard(shop, {...answer, sum: sumOf(answer, wish)}, {earned: gave.length ? {} : answer.earned || {}, gone: gave.length > 0}),
    acts: offers.length ? [...offers.slice(0, MANY).map((one) => button(t("choice.give", {reward: one.label}), {picture: "gift", key: offers.length === 1 ? t("key.redeem") : null, onclick: () => acts.redeem(one)})),
      button(t("reward.no"), {key: t("key.esc"), onclick: flow.rest})] : null,
  };
}

function doneTitle(shop, answer, fresh) {
  if (answer.operation === "refund") return answer.refunded ? t("done.refund", {amount: money(shop, answer.refunded)}) : t("done.refund_nothing");
  const key = `done.${answer.operation}`;
  if (has(key)) return t(key);
  return fresh ? listText(answer.earned) : t("done.no_stamp");
}

const sumOf = (answer, wish) => (wish && wish.amount) || (answer.paid || 0) + (answer.discount || 0);

// [[word, value], …]: discount, what was used as money, what was earned, how far the next band is.
function facts(shop, answer, wish) {
  const spent = Object.entries(answer.spent || {}).map(([name, units]) => [t("fact.used"), worth(shop, name) ? t("fact.used_worth", {units: countText(name, units), amount: money(shop, units * worth(shop, name))}) : countText(name, units)]);
  const earned = listText(answer.earned);
  const hand = wish && wish.discount_bp && answer.discount ? ` (${percent(wish.discount_bp)})` : "";
  return [
    answer.discount ? [t("fact.discount") + hand, `−${money(shop, answer.discount)}`] : null, ...spent,
    earned ? [t("fact.earned"), earned] : null,
  ].filter(Boolean);
}

// Why a benefit was left out, in words.
function declined(answer) {
  if (!answer.declined) return "";
  return has(`declined.${answer.declined}`) ? t(`declined.${answer.declined}`) : t("declined.unknown", {code: answer.declined});
}

