// How much is missing to the next band: "€2.00 more for 8%".

import {currentLanguage, t} from "./i18n.js";
import {money} from "./money.js";

export const percent = (bp) => new Intl.NumberFormat([currentLanguage(), "en"], {style: "percent", maximumFractionDigits: 2}).format(bp / 10000);

// While a basket grows; "" where no band is by the basket.
export function nextOfBasket(shop, sum) {
  const rule = shop.bands.find((one) => !one.counter);
  if (!rule || !sum) return "";
  const edge = rule.bands.find(([start]) => sum < start || (rule.over && sum === start));
  return edge ? prompt(shop, rule, edge, sum) : "";
}

// answer: with `next` {band_at, rate_bp} and counters; sum: minor units of the sale, for bands by the basket.
export function nextOf(shop, answer, sum) {
  if (!answer.next) return "";
  const {band_at: start, rate_bp: rate} = answer.next;
  const rule = shop.bands.find((one) => one.bands.some(([from, bp]) => from === start && bp === rate));
  if (!rule) return "";
  return prompt(shop, rule, [start, rate], rule.counter ? (answer.counters || {})[rule.counter] || 0 : sum);
}

function prompt(shop, rule, [start, rate], held) {
  const missing = (start - held) * rule.unit + (rule.over && rule.money ? 1 : 0);
  return t("next.prompt", {missing: rule.money ? money(shop, missing) : String(start - held), rate: percent(rate)});
}
