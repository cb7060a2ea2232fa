// A card with several counters: the first stamp offer as rings, the rest as numbers, then level, what it opens, what comes next.

import {el} from "./dom.js";
import {counterName, dateText, numbers, rewardName} from "./holdings.js";
import {t} from "./i18n.js";
import {nextOf} from "./next.js";
import {capital, stampCard} from "./stampcard.js";

const RINGS_MAX = 20; // longer sets are numbers beside other numbers
const LISTED_MAX = 4;

// answer: {progress, counters, levels, entitlements, next}; earned: {counter: units} of this tap, pressed freshly.
export function standingCard(shop, answer, {earned = {}, gone = false} = {}) {
  const all = (answer.progress || []).map((offer) => ({...offer, reward: rewardName(offer.reward)}));
  const ringed = all.find((offer) => offer.needed <= RINGS_MAX && all.filter((other) => other.counter === offer.counter).length === 1);
  const rows = [
    ...Object.entries(answer.levels || {}).filter(([, value]) => value).map(([name, value]) => levelRow(name, value)),
    ...numbers(shop, answer.counters, ringed ? [ringed.counter] : []).map((one) => numberRow(one, all.filter((offer) => offer.counter === one.name))),
  ];
  const chips = (answer.entitlements || []).map((name) => el("span", {class: "chip"}, capital(name.replaceAll(/[-_]/g, " "))));
  const next = nextOf(shop, answer, answer.sum || 0);
  return el("div", {class: "standing"},
    ringed && stampCard(shop, ringed, {fresh: Math.min(earned[ringed.counter] || 0, ringed.needed), gone}),
    rows.length > 0 && el("dl", {class: "counters"}, rows), chips.length > 0 && el("p", {class: "chips"}, chips), next && el("p", {class: "prompt"}, next));
}

function numberRow({name, value, hint}, offers) {
  const list = offers.slice(0, LISTED_MAX).map((offer) => el("span", {class: offer.ready ? "chip ready" : "chip"}, t("standing.price", {reward: capital(offer.reward), n: offer.needed})));
  return el("div", {}, el("dt", {}, counterName(name)), el("dd", {}, value, hint && el("small", {}, hint)), list.length > 0 && el("dd", {class: "chips"}, list));
}

function levelRow(name, value) {
  const text = /^\d{4}-\d\d-\d\d$/.test(value) ? dateText(value) : capital(value);
  return el("div", {}, el("dt", {}, counterName(name)), el("dd", {}, text));
}
