// Words for what a card holds, earns and spends: counters by name, rewards, money they are worth.

import {currentLanguage, has, t} from "./i18n.js";
import {money} from "./money.js";
import {percent} from "./next.js";
import {capital} from "./stampcard.js";

const OWN_NOTES = ["offer_version", "carry", "card_active", "valid_to"]; // numbers that tell a person nothing, or told elsewhere

// "10 stamps", "340 points"
export function countText(counter, n) {
  if (has(`counter.${counter}`) || has(`counter.${counter}.other`)) return t(`counter.${counter}`, {n});
  return t("counter.unknown", {n, name: counter.replaceAll("_", " ")});
}

export const counterName = (counter) => (has(`counter_name.${counter}`) ? t(`counter_name.${counter}`) : capital(counter.replaceAll("_", " ")));

// The names of rewards are the pack's: "free coffee", "gift mug", "coupon 3".
export function rewardName(text) {
  for (const [word, key] of [["free ", "reward.free"], ["gift ", "reward.gift"], ["coupon ", "reward.coupon"]]) {
    if (text.startsWith(word)) return t(key, {item: text.slice(word.length).replaceAll(/[-_]/g, " ")});
  }
  return text;
}

// "free coffee x2" -> "2 × free coffee"
export function givenText(reward) {
  const [, name, n] = reward.match(/^(.*?)(?: x(\d+))?$/);
  return Number(n || 1) > 1 ? t("reward.times", {n, reward: rewardName(name)}) : rewardName(name);
}

// What a unit of a counter is worth as money, or 0.
export const worth = (shop, counter) => shop.units[counter] || 0;

// [{name, value, hint}] of counters that are numbers, without those that are drawn as stamps.
export function numbers(shop, counters, drawn) {
  return Object.entries(counters || {}).filter(([name]) => !drawn.includes(name) && !OWN_NOTES.includes(name)).map(([name, value]) => ({
    name, value: valueText(shop, name, value),
    hint: worth(shop, name) && value > 0 ? money(shop, value * worth(shop, name)) : "",
  }));
}

// Spend is counted in units that a band knows; a rate is a rate.
function valueText(shop, name, value) {
  if (name === "rate_bp") return percent(value);
  const rule = shop.bands.find((one) => one.counter === name && one.money);
  return rule ? money(shop, value * rule.unit) : new Intl.NumberFormat([currentLanguage(), "en"]).format(value);
}

// "1 stamp, 22 points" of {counter: units}
export const listText = (counts) => Object.entries(counts || {}).filter(([, n]) => n).map(([name, n]) => countText(name, n)).join(", ");

export function dateText(iso) {
  return new Intl.DateTimeFormat([currentLanguage(), "en"], {day: "numeric", month: "short", year: "numeric"}).format(new Date(`${iso}T12:00:00`));
}
