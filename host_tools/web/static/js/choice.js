// What the customer chooses once the card was read: one of the rewards that fit, and how many points to use as money.

import * as basket from "./basket.js";
import {el, icon} from "./dom.js";
import {countText, counterName, rewardName} from "./holdings.js";
import {t} from "./i18n.js";
import {money} from "./money.js";
import {get} from "./state.js";
import {capital} from "./stampcard.js";

const NONE = "none";

let card = null; // whose choice it is
let reward = null; // an id; NONE: keep them all; null: nobody chose
let spend = {};

// A card was read; the same card again keeps what was chosen.
export function begin(number) {
  if (number === card) return;
  reset();
  card = number;
}

export function reset() {
  card = null;
  reward = null;
  spend = {};
}

// [{id, name, label, cost, alone, auto}] that the card can pay for.
export function rewardsOf(shop, answer) {
  const about = (id) => shop.rewards.find((one) => one.id === id) || {};
  const sets = (answer.progress || []).filter((offer) => offer.ready > 0).map((offer) => ({
    id: offer.id, name: rewardName(offer.reward), label: capital(rewardName(offer.reward)), cost: countText(offer.counter, offer.needed), counter: offer.counter, units: offer.needed,
    alone: about(offer.id).alone, auto: about(offer.id).auto}));
  const coupons = (answer.coupons || []).map((id) => ({id, name: rewardName(id.replace("-", " ")), label: capital(rewardName(id.replace("-", " "))), cost: "", alone: false, auto: false}));
  return [...sets, ...coupons];
}

// Those that can be given at once, without a sale.
export const aloneOf = (shop, answer) => rewardsOf(shop, answer).filter((one) => one.alone);

// The reward that this sale gives as things stand: chosen, or by itself.
export function taken(shop, answer) {
  const all = rewardsOf(shop, answer);
  if (reward === NONE) return null;
  if (reward) return all.find((one) => one.id === reward) || null;
  return all.find((one) => one.auto) || null;
}

export function toggleReward(shop, answer, id) {
  const now = taken(shop, answer);
  reward = now && now.id === id ? NONE : id;
  trim(shop, answer);
}

// R: the next one that fits, then none.
export function nextReward(shop, answer) {
  const all = rewardsOf(shop, answer);
  if (!all.length) return;
  const now = taken(shop, answer);
  const place = now ? all.findIndex((one) => one.id === now.id) + 1 : 0;
  reward = place < all.length ? all[place].id : NONE;
  trim(shop, answer);
}

// {redeem, spend} of the sale that is asked for.
export function wish(shop) {
  const used = Object.fromEntries(Object.entries(spend).filter(([, units]) => units));
  return {redeem: reward || (shop.auto ? "auto" : NONE), ...(Object.keys(used).length ? {spend: used} : {})};
}

export const isChosen = () => Boolean((reward && reward !== NONE) || Object.values(spend).some(Boolean));

export const spendables = (answer) => (answer.spendable || []).filter((one) => one.units > 0);

// Never more than the card holds beside the reward, nor than the bill.
export function most(shop, answer, one) {
  const given = taken(shop, answer);
  const left = one.units - (given && given.counter === one.counter ? given.units : 0);
  const others = spendables(answer).filter((other) => other.counter !== one.counter).reduce((sum, other) => sum + (spend[other.counter] || 0) * other.unit, 0);
  return Math.max(0, Math.min(left, Math.floor((basket.total() - others) / one.unit)));
}

export function use(shop, answer, one, units) {
  spend[one.counter] = Math.max(0, Math.min(units, most(shop, answer, one)));
}

export const used = (counter) => spend[counter] || 0;

// The bill grew or shrank, or a reward takes from the same counter.
export function trim(shop, answer) {
  for (const one of spendables(answer)) use(shop, answer, one, used(one.counter));
}

// The choices as controls. changed(): draw the stage again.
export function choices(shop, answer, changed) {
  const now = taken(shop, answer);
  const press = (id) => () => { toggleReward(shop, answer, id); changed(); };
  const rewards = rewardsOf(shop, answer).map((one) => el("button", {type: "button", class: "choice", "aria-pressed": String(now !== null && now.id === one.id), "data-keep": one.id, onclick: press(one.id)},
    icon(now && now.id === one.id ? "check" : "gift"), el("span", {}, one.label), one.cost && el("small", {}, one.cost)));
  return [
    rewards.length && el("div", {class: "choices", role: "group", "aria-label": t("choice.rewards")}, rewards),
    ...(basket.total() ? spendables(answer).map((one) => pointsField(shop, answer, one, changed)) : []),
  ].filter(Boolean);
}

function pointsField(shop, answer, one, changed) {
  const top = most(shop, answer, one);
  const id = `use-${one.counter}`;
  const value = el("output", {}, worthText(shop, one));
  const input = el("input", {type: "text", inputmode: "numeric", id, maxlength: "7", autocomplete: "off", "data-keep": id, value: used(one.counter) ? String(used(one.counter)) : "", placeholder: "0"});
  input.addEventListener("input", () => {
    const asked = Number(input.value.replaceAll(/\D/g, "")) || 0;
    use(shop, answer, one, asked);
    if (input.value !== String(asked) || asked > top) input.value = used(one.counter) ? String(used(one.counter)) : "";
    value.textContent = worthText(shop, one);
  });
  input.addEventListener("change", changed);
  const set = (units, words, name) => el("button", {type: "button", "data-keep": `${id}-${name}`, disabled: name === "all" && top === 0, onclick: () => { use(shop, answer, one, units); changed(); }}, words);
  return el("p", {class: "field points"},
    el("label", {for: id}, t("choice.use", {name: counterName(one.counter).toLocaleLowerCase()})), input, value,
    used(one.counter) === top && top ? set(0, t("choice.none"), "all") : set(top, t("choice.all", {n: top}), "all"));
}

function worthText(shop, one) {
  return t("choice.worth", {amount: money(shop, used(one.counter) * one.unit)});
}

// A: all points, or none again.
export function allPoints(shop, answer) {
  const one = spendables(answer)[0];
  if (!one) return;
  const top = most(shop, answer, one);
  use(shop, answer, one, used(one.counter) === top ? 0 : top);
}

export const chosenText = (shop) => [
  reward && reward !== NONE ? capital(rewardName(nameOf(shop, reward))) : "",
  ...Object.entries(spend).filter(([, units]) => units).map(([counter, units]) => countText(counter, units)),
].filter(Boolean).join(" · ");

function nameOf(shop, id) {
  const offer = get().shop.empty.find((one) => one.id === id);
  return offer ? offer.reward : id.replace("-", " ");
}
