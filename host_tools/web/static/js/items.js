// The articles as keys by category, and the basket below them. Drawn only where the shop has a catalogue.

import * as basket from "./basket.js";
import {byId, el, icon} from "./dom.js";
import {t} from "./i18n.js";
import {money} from "./money.js";
import {nextOfBasket} from "./next.js";
import * as pad from "./pad.js";
import {capital} from "./stampcard.js";

const KEYED = 8; // articles with a function key

let shop = null;
let guard = (act) => act;
let tab = "items";
let found = ""; // what is looked for

// hooks: {guard(act), changed()}
export function startItems(theShop, hooks) {
  shop = theShop;
  guard = hooks.guard;
  document.body.classList.add("with-items");
  const search = el("input", {type: "search", id: "search", autocomplete: "off", "aria-label": t("items.search"), placeholder: t("items.search"), oninput: () => look(search.value)});
  search.addEventListener("keydown", (event) => onSearchKey(event, search));
  byId("shelf-tools").hidden = false;
  byId("shelf-tools").replaceChildren(
    el("div", {class: "tabs", role: "group", "aria-label": t("items.how")}, tabButton("items", "items.tab"), tabButton("pad", "items.tab_amount")), search);
  byId("basket").hidden = false;
  basket.onBasket(() => { draw(); hooks.changed(); });
  drawTiles();
  show("items");
  draw();
}

// "items" or "pad"
export function show(name) {
  tab = name;
  byId("tiles").hidden = tab !== "items";
  byId("pad").hidden = tab !== "pad";
  byId("search").hidden = tab !== "items";
  for (const one of byId("shelf-tools").querySelectorAll("[data-tab]")) one.setAttribute("aria-pressed", String(one.dataset.tab === tab));
}

// The typed amount changed.
export function typed() {
  if (!shop) return;
  if (pad.minor() && tab !== "pad") show("pad");
  draw();
}

export function pressTile(index) {
  const item = shown()[index];
  if (item) press(item);
}

export function openSearch() {
  show("items");
  byId("search").focus();
}

function tabButton(name, words) {
  return el("button", {type: "button", class: "tab", "data-tab": name, onclick: () => show(name)}, t(words));
}

function look(text) {
  found = text.trim().toLocaleLowerCase();
  drawTiles();
}

function onSearchKey(event, search) {
  if (event.key !== "Enter" && event.key !== "Escape") return;
  event.preventDefault();
  event.stopPropagation();
  const item = event.key === "Enter" && found ? shop.catalogue.find((one) => one.sku.toLocaleLowerCase() === found) || shown()[0] : null;
  if (item) press(item);
  search.value = "";
  look("");
  if (!item) search.blur();
}

const shown = () => shop.catalogue.filter((item) => (found ? `${item.name} ${item.sku}`.toLocaleLowerCase().includes(found) : item.tile));

function press(item) {
  guard(() => basket.add(item))();
}

function drawTiles() {
  const items = shown();
  const names = [...new Set(items.map((item) => item.category))];
  const tile = (item) => el("button", {type: "button", class: "tile", "data-sku": item.sku, onclick: () => press(item)},
    el("span", {}, item.name), el("small", {}, money(shop, item.price)), items.indexOf(item) < KEYED && el("kbd", {}, `F${items.indexOf(item) + 1}`));
  byId("tiles").replaceChildren(...names.map((name) => el("div", {class: "shelf"},
    names.length > 1 && el("h2", {}, categoryName(name)), el("div", {class: "shelf-tiles"}, items.filter((item) => item.category === name).map(tile)))));
  if (!items.length) byId("tiles").append(el("p", {class: "empty"}, t("items.none")));
}

const categoryName = (text) => capital(text.replaceAll(/[-_]/g, " "));

export const lineName = (line) => line.name || t("items.open");

function draw() {
  const kept = keptFocus();
  const open = pad.minor();
  const rows = basket.held().map(row);
  if (open) rows.push(el("li", {class: "line pending"}, el("span", {class: "line-name"}, t("items.open")), el("span", {class: "line-money"}, money(shop, open))));
  const prompt = nextOfBasket(shop, basket.total());
  byId("basket").replaceChildren(
    rows.length ? el("ul", {class: "lines", "aria-label": t("items.basket")}, rows) : el("p", {class: "empty"}, t("items.empty")),
    el("p", {class: "basket-foot"}, el("span", {class: "prompt"}, prompt), el("strong", {}, t("items.total", {amount: money(shop, basket.total())}))));
  if (kept) restore(kept);
  const marked = byId("basket").querySelector(".last-line") || byId("basket").querySelector("li:last-child");
  if (marked) marked.scrollIntoView({block: "nearest"});
}

function row(line) {
  const step = (picture, label, by) => {
    const node = el("button", {type: "button", class: "step", "aria-label": t(label, {item: lineName(line)}), onclick: guard(() => basket.change(line, by))}, icon(picture));
    node.dataset.step = `${basket.held().indexOf(line)}:${by}`;
    return node;
  };
  const away = el("button", {type: "button", class: "step away", "aria-label": t("items.remove", {item: lineName(line)}), onclick: guard(() => basket.remove(line))}, icon("cross"));
  return el("li", {class: `line${line === basket.lastLine() ? " last-line" : ""}`},
    el("span", {class: "line-name"}, lineName(line)), step("minus", "items.less", -1), el("output", {"aria-label": lineName(line)}, String(line.qty)), step("plus", "items.more", 1),
    el("span", {class: "line-money"}, money(shop, line.qty * line.unit_price)), away);
}

const keptFocus = () => (document.activeElement instanceof HTMLElement && byId("basket").contains(document.activeElement) ? document.activeElement.dataset.step : null);

function restore(step) {
  const again = byId("basket").querySelector(`[data-step="${CSS.escape(step)}"]`);
  if (again) again.focus({preventScroll: true});
}
