// The day in four numbers, the last sale with its undo, and the list of cards that must be presented again.

import * as api from "./api.js";
import {byId, button, el} from "./dom.js";
import {currentLanguage, t} from "./i18n.js";
import {money} from "./money.js";
import {hasOffers} from "./shop_kind.js";
import {on, set} from "./state.js";

let undo = () => {};

export function startToday(onUndo) {
  undo = onUndo;
  on(["today", "doubts", "lastSale", "shop"], draw);
}

export async function refreshDoubts() {
  try {
    const answer = await api.getDoubts();
    set({doubts: Array.isArray(answer) ? answer : answer.doubts || []});
  } catch (trouble) {
    if (!(trouble instanceof api.Problem || trouble instanceof api.Unreachable)) throw trouble;
  }
}

function draw({today, doubts, lastSale, shop}) {
  if (!shop) return;
  const number = (key, value, kind = "") => el("div", {class: `number ${kind}`}, el("dt", {}, t(key)), el("dd", {}, String(value || 0)));
  const open = doubts.length || today.doubts || 0;
  byId("today").replaceChildren(
    el("h2", {id: "today-title", class: "unseen"}, t("today.title")),
    el("dl", {class: "numbers"}, number("today.sales", today.sales), !hasOffers() && number("today.stamps", today.stamps), number("today.rewards", today.rewards),
      number("today.doubts", open, open ? "warn" : "")),
    lastSaleRow(shop, lastSale), ...doubtsRow(doubts));
}

function lastSaleRow(shop, last) {
  const what = last ? [last.amount ? money(shop, last.amount) : "", last.earned, last.reward || "",
    last.card_number ? t("card.number", {number: last.card_number}) : ""].filter(Boolean).join(" · ") : t("today.no_sale");
  const act = button(t("undo.short"), {kind: "plain", picture: "undo", key: t("key.undo"), onclick: undo});
  act.id = "undo";
  return el("p", {class: "last-sale"}, el("span", {}, el("small", {}, t("today.last")), el("strong", {}, what)), act);
}

function doubtsRow(doubts) {
  if (!doubts.length) return [];
  const time = new Intl.DateTimeFormat([currentLanguage(), "en"], {hour: "2-digit", minute: "2-digit", hourCycle: "h23"});
  const rows = doubts.map((doubt) => el("li", {},
    el("strong", {}, t("card.number", {number: doubt.card_number})), " · ", t(`operation.${doubt.operation}`), " · ",
    doubt.since ? time.format(new Date(doubt.since)) : ""));
  const summary = el("summary", {}, t("today.open_doubts", {n: doubts.length}));
  return [el("details", {class: "doubts"}, summary, el("ul", {}, rows))];
}
