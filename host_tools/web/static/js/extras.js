// A code that the customer says, and a discount by hand with its reason: asked in a small window, shown as chips below the sale.

import * as basket from "./basket.js";
import {button, byId, el, icon} from "./dom.js";
import {t} from "./i18n.js";
import {percent} from "./next.js";
import {isManager} from "./shop_kind.js";

const CODE_MAX = 64;
const REASON_MAX = 200;

let shop = null;
let guard = (act) => act;
let changed = () => {};

const mayDiscount = () => shop.manual_bp > 0 && isManager();

// hooks: {guard(act), changed()}
export function startExtras(theShop, hooks) {
  shop = theShop;
  guard = hooks.guard;
  changed = hooks.changed;
  byId("extras").hidden = !shop.codes && !mayDiscount();
  const dialog = byId("ask-extra");
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  draw();
}

export function draw() {
  const {code, discount_bp: rate} = basket.extras();
  byId("extras").replaceChildren(...[
    shop.codes && chip(code ? t("extra.code_is", {code}) : t("extra.code"), Boolean(code), t("key.code"), askCode, {code: null}),
    mayDiscount() && chip(rate ? t("extra.discount_is", {rate: percent(rate)}) : t("extra.discount"), rate > 0, t("key.discount"), askDiscount, {discount_bp: 0, reason: ""}),
  ].filter(Boolean));
}

function chip(words, isSet, key, ask, nothing) {
  const main = el("button", {type: "button", class: isSet ? "extra set" : "extra", onclick: guard(ask)}, el("span", {}, words), !isSet && el("kbd", {}, key));
  const away = isSet && el("button", {type: "button", class: "extra away", "aria-label": t("extra.remove", {what: words}), onclick: guard(() => put(nothing))}, icon("cross"));
  return el("span", {class: "extra-pair"}, main, away);
}

function put(changes) {
  basket.say(changes);
  draw();
  changed();
}

export function askCode() {
  if (!shop.codes) return;
  const input = el("input", {type: "text", id: "extra-code", maxlength: String(CODE_MAX), autocomplete: "off", autocapitalize: "characters", spellcheck: "false", value: basket.extras().code || ""});
  ask(t("extra.code_title"), [field("extra-code", "extra.code_label", input)], () => {
    put({code: input.value.trim().toUpperCase() || null});
    return "";
  });
}

export function askDiscount() {
  if (!mayDiscount()) return;
  const now = basket.extras();
  const rate = el("input", {type: "text", inputmode: "decimal", id: "extra-rate", maxlength: "5", autocomplete: "off", value: now.discount_bp ? String(now.discount_bp / 100) : ""});
  const reason = el("input", {type: "text", id: "extra-reason", maxlength: String(REASON_MAX), autocomplete: "off", value: now.reason});
  ask(t("extra.discount_title"), [field("extra-rate", "extra.rate_label", rate), field("extra-reason", "extra.reason_label", reason)], () => {
    const bp = Math.round(Number(rate.value.replace(",", ".")) * 100);
    if (!(bp > 0 && bp <= shop.manual_bp)) return t("extra.rate_wrong", {most: percent(shop.manual_bp)});
    if (!reason.value.trim()) return t("extra.reason_wrong");
    put({discount_bp: bp, reason: reason.value.trim()});
    return "";
  });
}

const field = (id, label, input) => el("p", {class: "field"}, el("label", {for: id}, t(label)), input);

// take(): "" when it is taken, or what is wrong with it.
function ask(title, fields, take) {
  const dialog = byId("ask-extra");
  const wrong = el("p", {class: "wrong", role: "alert"});
  const send = () => {
    wrong.textContent = take();
    if (wrong.textContent) return;
    document.activeElement.blur(); // else keys go to a field that is no longer seen, until the next frame
    dialog.close();
  };
  const enter = (event) => { // at once: the next Enter asks for the card
    if (event.key !== "Enter" || !(event.target instanceof HTMLInputElement)) return;
    event.preventDefault();
    event.stopPropagation();
    send();
  };
  const go = el("button", {type: "submit", class: "primary"}, el("span", {}, t("extra.take")), el("kbd", {}, t("key.enter")));
  dialog.replaceChildren(el("h2", {}, title),
    el("form", {class: "issue-form", onkeydown: enter, onsubmit: (event) => { event.preventDefault(); send(); }}, fields, wrong,
      el("div", {class: "acts"}, button(t("waiting.cancel"), {key: t("key.esc"), onclick: () => dialog.close()}), go)));
  dialog.showModal();
  dialog.querySelector("input").focus();
}
