// Questions that need more than yes or no: a new card with stamps from paper, and taking the last sale back.

import {button, el, icon} from "./dom.js";
import * as flow from "./flow.js";
import {t} from "./i18n.js";
import {money} from "./money.js";

const OPENING_MAX = 99;
const REASON_MAX = 200;

// onIssue({opening, reason}) with the stamps carried over, 0 for none.
export function issueForm(shop, onIssue) {
  let stamps = 0;
  const count = el("output", {id: "opening"}, "0");
  const reason = el("input", {type: "text", id: "reason", maxlength: String(REASON_MAX), autocomplete: "off", value: t("issue.reason_paper")});
  const reasonRow = el("p", {class: "field"}, el("label", {for: "reason"}, t("issue.reason")), reason);
  const change = (by) => {
    stamps = Math.max(0, Math.min(OPENING_MAX, stamps + by));
    count.textContent = String(stamps);
    reasonRow.hidden = stamps === 0;
  };
  const step = (name, label, by) => el("button", {type: "button", class: "step", "aria-label": t(label), onclick: () => change(by)}, icon(name));
  change(0);
  const counter = shop.empty.length ? shop.empty[0].counter : null;
  const send = () => onIssue(stamps ? {opening: {[counter]: stamps}, reason: reason.value.trim() || t("issue.reason_paper")} : {});
  const go = button(t("issue.go"), {kind: "primary", key: t("key.enter"), onclick: send});
  go.dataset.first = "";
  const form = el("form", {class: "issue-form", onsubmit: (event) => { event.preventDefault(); send(); }},
    counter && el("p", {class: "field"}, el("span", {id: "opening-label"}, t("issue.opening")),
      el("span", {class: "stepper", role: "group", "aria-labelledby": "opening-label"}, step("minus", "issue.less", -1), count, step("plus", "issue.more", 1))),
    reasonRow,
    el("div", {class: "acts"}, go, button(t("waiting.cancel"), {key: t("key.esc"), onclick: flow.rest})));
  return form;
}

// lastSale: {sale, amount, earned, card_number} or null when this page has not seen it.
export function undoQuestion(shop, lastSale, onUndo) {
  const parts = lastSale ? [lastSale.amount ? money(shop, lastSale.amount) : "", lastSale.earned,
    lastSale.reward || "", lastSale.card_number ? t("card.number", {number: lastSale.card_number}) : ""].filter(Boolean) : [];
  const yes = button(t("undo.yes"), {kind: "primary", key: t("key.enter"), onclick: () => onUndo(lastSale)});
  yes.dataset.first = "";
  return {
    big: parts.join(" · "), text: t(lastSale ? "undo.text" : "undo.text_unknown"),
    acts: [yes, button(t("undo.no"), {key: t("key.esc"), onclick: flow.rest})],
  };
}
