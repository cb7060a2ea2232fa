// The amount: typed as it is read, 4 , 5 0. Keys, quick amounts and how many stamp items. Gives the sale as the daemon wants it.

import {byId, el, icon} from "./dom.js";
import {t} from "./i18n.js";
import {currencyPlaces, decimalMark, money} from "./money.js";

const WHOLE_DIGITS_MAX = 6;
const QUANTITY_MAX = 20;
const OTHER = "other"; // category of what earns nothing

let shop = null;
let whole = "";
let part = null; // digits after the mark; null = no mark yet
let quantities = [];
let chosen = 0;
let guard = (act) => act;
let hooks = {};

// hooks: {ask(), stamp(minor), guard(act), typed(), add()}; guard wraps what must not happen while a card is awaited;
// add(), where the shop has a catalogue: the typed amount becomes a line; total(): what the whole sale comes to
export function startPad(theShop, theHooks) {
  shop = theShop;
  hooks = theHooks;
  guard = hooks.guard;
  drawKeys(hooks);
  drawQuick();
  clear();
}

export function digit(mark) {
  if (mark === "mark") {
    if (shop.minor_digits > 0 && part === null) part = "";
  } else if (part !== null) {
    if (part.length < shop.minor_digits) part += mark;
  } else if (whole.length < WHOLE_DIGITS_MAX) {
    whole = whole === "0" ? mark : whole + mark;
  }
  show();
}

export function backspace() {
  if (part !== null) part = part === "" ? null : part.slice(0, -1);
  else whole = whole.slice(0, -1);
  show();
}

export function clear() {
  whole = "";
  part = null;
  quantities = hooks.add ? [] : shop.stamp_items.map((item, index) => (index === 0 ? 1 : 0));
  chosen = 0;
  drawItems();
  show();
}

// Only what was typed, not how many.
export function wipe() {
  whole = "";
  part = null;
  show();
}

export function setAmount(minor) {
  const digits = shop.minor_digits;
  const text = String(minor).padStart(digits + 1, "0");
  whole = digits ? text.slice(0, -digits) : text;
  part = digits ? text.slice(-digits) : null;
  show();
}

export function changeQuantity(by, index = chosen) {
  if (!quantities.length) return;
  chosen = index;
  quantities[index] = Math.max(0, Math.min(QUANTITY_MAX, quantities[index] + by));
  drawItems();
}

export const minor = () => Number(whole || "0") * 10 ** shop.minor_digits + Number((part || "").padEnd(shop.minor_digits, "0") || "0");

export const usualPrice = () => (hooks.add ? null : shop.quick_amounts[0] || null);

// {amount, lines}: one unit is a plain amount; otherwise lines that add up to exactly what was typed.
export function sale() {
  const amount = minor();
  const units = quantities.reduce((sum, n) => sum + n, 0);
  if (quantities.length === 0 || (units === 1 && quantities[0] === 1)) return {amount, lines: []};
  const price = units ? Math.floor(amount / units) : 0;
  const rest = amount - price * units;
  const lines = shop.stamp_items.map((item, index) => ({sku: item, category: item, qty: quantities[index], unit_price: price}));
  if (rest) lines.push({sku: OTHER, category: OTHER, qty: 1, unit_price: rest});
  return {amount, lines: lines.filter((line) => line.qty > 0)};
}

function show() {
  const places = currencyPlaces(shop);
  const digits = shop.minor_digits;
  const sum = hooks.total && !whole && part === null ? hooks.total() : 0; // nothing is being typed: what the lines come to
  const typed = el("span", {class: "typed"}, whole || (part === null ? "" : "0"));
  const ghost = el("span", {class: "ghost"});
  if (sum) typed.append(plainFigures(sum));
  else if (!whole && part === null) ghost.append("0");
  if (part !== null) typed.append(decimalMark() + part);
  if (digits && !sum) ghost.append((part === null ? decimalMark() : "") + "0".repeat(digits - (part || "").length));
  byId("amount").replaceChildren(
    el("span", {class: "currency"}, places.before),
    el("output", {class: "figures", "aria-label": t("sale.amount_is", {amount: money(shop, sum || minor())})}, typed, ghost),
    el("span", {class: "currency"}, places.after),
  );
  byId("amount").classList.toggle("empty", minor() === 0 && !sum);
  byId("ask").setAttribute("aria-disabled", String((sum || minor()) === 0));
  if (hooks.typed) hooks.typed();
}

// 840 -> "8.40"
function plainFigures(amount) {
  const text = String(amount).padStart(shop.minor_digits + 1, "0");
  const cut = text.length - shop.minor_digits;
  return shop.minor_digits ? text.slice(0, cut) + decimalMark() + text.slice(cut) : text;
}

export const refresh = () => show();

function drawKeys({ask, stamp, add}) {
  const number = (mark) => key(mark, guard(() => digit(mark)));
  const tool = (name, label, act) => {
    const node = key(icon(name), guard(act), "tool-key");
    node.setAttribute("aria-label", t(label));
    return node;
  };
  const mark = key(decimalMark(), guard(() => digit("mark")));
  mark.setAttribute("aria-label", t("pad.mark"));
  mark.disabled = shop.minor_digits === 0;
  const price = usualPrice();
  const one = add ? key([icon("plus"), el("strong", {}, t("pad.add"))], guard(add), "one-stamp") : price
    ? key([icon("cup"), el("strong", {}, t("pad.one_stamp")), el("small", {}, money(shop, price))], () => stamp(price), "one-stamp")
    : key(icon("cup"), ask, "one-stamp");
  if (!price) one.setAttribute("aria-label", t(add ? "pad.add_long" : "sale.ask"));
  one.id = "one-stamp";
  const wipe = key(t("pad.clear"), guard(clear), "tool-key");
  wipe.setAttribute("aria-label", t("pad.clear_long"));
  byId("pad").replaceChildren(
    ...["7", "8", "9"].map(number), tool("backspace", "pad.backspace", backspace),
    ...["4", "5", "6"].map(number), wipe,
    ...["1", "2", "3"].map(number), one,
    mark, number("0"), key("00", guard(() => { digit("0"); digit("0"); })),
  );
}

function key(content, act, kind = "") {
  return el("button", {type: "button", class: `key ${kind}`, onclick: act}, content);
}

function drawQuick() {
  byId("quick").hidden = hooks.add || shop.quick_amounts.length === 0;
  byId("quick").replaceChildren(...shop.quick_amounts.map((amount) => key(money(shop, amount), guard(() => setAmount(amount)), "quick-key")));
}

function drawItems() {
  const box = byId("items");
  const kept = [...box.querySelectorAll(".step")].indexOf(document.activeElement);
  box.hidden = quantities.length === 0;
  box.replaceChildren(...quantities.map((quantity, index) => {
    const item = shop.stamp_items[index];
    const less = key(icon("minus"), guard(() => changeQuantity(-1, index)), "step");
    const more = key(icon("plus"), guard(() => changeQuantity(1, index)), "step");
    less.setAttribute("aria-label", t("items.less", {item}));
    more.setAttribute("aria-label", t("items.more", {item}));
    return el("div", {class: "item"}, el("span", {class: "item-name"}, item), less, el("output", {"aria-label": item}, String(quantity)), more);
  }));
  if (kept >= 0) box.querySelectorAll(".step")[kept].focus();
}
