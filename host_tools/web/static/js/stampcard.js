// The drawn stamp card: one ring a stamp, pressed ones filled, the last one the reward.

import {el, icon} from "./dom.js";
import {t} from "./i18n.js";

const DRAWN_AT_MOST = 30; // more rings than this are a bar

// offer: {stamps, needed, ready, reward}; fresh: how many of the last stamps were just pressed; gone: just taken as a full set.
export function stampCard(shop, offer, {fresh = 0, gone = false} = {}) {
  const full = offer.ready > 0;
  const filled = full ? offer.needed : offer.stamps;
  const head = el("p", {class: "stampcard-head"}, el("span", {}, shop.name), el("span", {}, offer.reward));
  const picture = el("div", {class: `stampcard${full ? " full" : ""}`, role: "img", "aria-label": holdingText(offer)}, head);
  if (offer.needed > DRAWN_AT_MOST) {
    const part = el("i");
    part.style.setProperty("--part", String(Math.min(100, (100 * filled) / offer.needed)));
    picture.append(el("div", {class: "stampbar"}, part));
    return picture;
  }
  const rings = [];
  for (let place = 1; place <= offer.needed; place += 1) {
    const names = ["stamp"];
    if (place <= filled) names.push("filled");
    if (place <= filled && place > filled - fresh) names.push("fresh");
    if (gone && place > filled) names.push("leaving");
    if (place === offer.needed) names.push("last");
    const ring = el("span", {class: names.join(" ")}, icon(place === offer.needed ? "gift" : "cup"), el("span", {}, String(place)));
    if (place > filled - fresh) ring.style.setProperty("--nth", String(place - (filled - fresh) - 1));
    rings.push(ring);
  }
  const columns = offer.needed <= 10 ? 5 : offer.needed <= 12 ? 6 : 10;
  picture.append(el("div", {class: "stamps", "data-columns": String(columns)}, rings));
  return picture;
}

export const toGo = (offer) => offer.needed - (offer.stamps % offer.needed);

// "7 of 10 · 3 to go", or "Free coffee ready · 3 towards the next"
export function holdingText(offer) {
  if (!offer.ready) return t("card.holding", {stamps: offer.stamps, needed: offer.needed, n: toGo(offer)});
  const over = offer.stamps % offer.needed;
  const sets = offer.ready > 1 ? t("card.ready_many", {n: offer.ready, reward: offer.reward}) : t("card.ready", {reward: capital(offer.reward)});
  return over ? t("card.ready_and", {ready: sets, n: over}) : sets;
}

export const capital = (text) => text.charAt(0).toLocaleUpperCase() + text.slice(1);
