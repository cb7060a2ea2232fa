// What is bought, where the shop has a catalogue: lines of articles, and what is said beside them (a code, a discount by hand).
// The amount that is being typed is one more line, without a name, until it is added or wiped.

import * as pad from "./pad.js";
import {hasItems} from "./shop_kind.js";

const QTY_MAX = 999;
const OTHER = "other"; // category of what has no name; each such line is an article of its own, so that it can come back alone

let lines = [];
let last = null; // the line that + and − mean
let said = {code: null, discount_bp: 0, reason: ""};
let listener = () => {};

export function onBasket(theListener) {
  listener = theListener;
}

export const held = () => lines;
export const extras = () => said;
export const lastLine = () => last;

export function add(item) {
  const same = lines.find((line) => line.sku === item.sku && line.unit_price === item.price);
  if (same) same.qty = Math.min(QTY_MAX, same.qty + 1);
  else lines.push({sku: item.sku, name: item.name, category: item.category, qty: 1, unit_price: item.price});
  last = same || lines.at(-1);
  listener();
}

// The typed amount becomes a line of its own.
export function addOpen() {
  const price = pad.minor();
  if (!price) return;
  lines.push({sku: openSku(), name: null, category: OTHER, qty: 1, unit_price: price});
  last = lines.at(-1);
  pad.wipe();
  listener();
}

const openSku = () => `open-${lines.filter((line) => line.name === null).length + 1}-${pad.minor()}`;

export function change(line, by) {
  if (!line || !lines.includes(line)) return;
  line.qty = Math.min(QTY_MAX, line.qty + by);
  if (line.qty < 1) lines = lines.filter((other) => other !== line);
  last = lines.includes(line) ? line : lines.at(-1) || null;
  listener();
}

export function remove(line) {
  change(line, -line.qty);
}

export function say(changes) {
  said = {...said, ...changes};
  listener();
}

export function clear() {
  lines = [];
  last = null;
  said = {code: null, discount_bp: 0, reason: ""};
  pad.clear();
  listener();
}

export const isEmpty = () => lines.length === 0 && !said.code && !said.discount_bp;

export const total = () => lines.reduce((sum, line) => sum + line.qty * line.unit_price, 0) + pad.minor();

// {amount, lines, code, …}: the sale as the daemon wants it.
export function sale() {
  const extra = {};
  if (said.code) extra.code = said.code;
  if (said.discount_bp) Object.assign(extra, {discount_bp: said.discount_bp, reason: said.reason});
  if (!hasItems() || !lines.length) return {...pad.sale(), ...extra};
  const open = pad.minor() ? [{sku: openSku(), category: OTHER, qty: 1, unit_price: pad.minor()}] : [];
  const named = lines.map(({sku, category, qty, unit_price}) => ({sku, category, qty, unit_price}));
  return {amount: total(), lines: [...named, ...open], ...extra};
}
