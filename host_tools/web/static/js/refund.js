// Goods come back: find the sale (the day's list, a card, a REF, a receipt), say what of it comes back, ask for the card.

import * as api from "./api.js";
import * as flow from "./flow.js";
import {words} from "./outcome.js";

const REFERENCE_MAX = 64;

// Open the screen. card: a card's number, its sales first; receipt: ask for the receipt at once.
export async function openRefund({card = null, receipt = false} = {}) {
  if (flow.isBusy()) return;
  if (receipt) flow.go({phase: "refund", step: "receipt"});
  else await list(card ? {card} : {day: today()});
}

export async function list(query) {
  flow.go({phase: "refund", step: "list", query, sales: null});
  await fetchInto(query, (sales) => ({step: "list", query, sales}));
}

// A REF, or the text of a receipt when it is none.
export async function find(text) {
  const said = text.trim();
  if (!said) return;
  const before = flow.now();
  const isReference = said.length <= REFERENCE_MAX && /^[\x21-\x7e]+$/.test(said);
  await fetchInto(isReference ? {sale: said} : {receipt: said}, (sales) => {
    if (sales.length) return {step: "lines", sale: sales[0], receipt: isReference ? null : said, counts: counted(sales[0])};
    return {...before, step: "receipt", unknown: said};
  });
}

export async function findReceipt(text) {
  const said = text.trim();
  if (said) await fetchInto({receipt: said}, (sales) => ({step: "lines", sale: sales[0], receipt: said, counts: counted(sales[0])}));
}

export function choose(sale) {
  flow.go({phase: "refund", step: "lines", sale, receipt: null, counts: counted(sale)});
}

async function fetchInto(query, next) {
  const asked = flow.now();
  try {
    const sales = await api.getSales(query);
    if (flow.now() === asked) flow.go({phase: "refund", ...next(sales)});
  } catch (trouble) {
    if (!(trouble instanceof api.Problem)) flow.showTrouble(trouble);
    else if (flow.now() === asked) flow.go({...asked, sales: asked.sales || [], wrong: words(trouble)});
  }
}

// Parts that can come back: {sku, name, category, left, money, reward}; one that was the whole sale is chosen already.
export function parts(sale) {
  const found = [];
  for (const line of sale.lines) {
    if (line.left) found.push({...line, reward: false});
    if (line.free_left) found.push({...line, left: line.free_left, money: 0, reward: true});
  }
  return found;
}

function counted(sale) {
  const all = parts(sale);
  return all.map((part) => (all.length === 1 && part.left === 1 ? 1 : 0));
}

export function count(place, by) {
  const now = flow.now();
  const counts = [...now.counts];
  counts[place] = Math.max(0, Math.min(parts(now.sale)[place].left, counts[place] + by));
  flow.go({...now, counts});
}

export function everything() {
  const now = flow.now();
  flow.go({...now, counts: parts(now.sale).map((part) => part.left)});
}

// The code of this sale's receipt, for the customer to take along or scan.
export async function slip() {
  const asked = flow.now();
  try {
    const {svg} = await api.getReceipt(asked.sale.sale);
    if (flow.now() === asked) flow.go({phase: "refund", step: "slip", sale: asked.sale, svg});
  } catch (trouble) {
    if (!(trouble instanceof api.Problem)) flow.showTrouble(trouble);
    else if (flow.now() === asked) flow.go({...asked, wrong: words(trouble)});
  }
}

// At most this comes back: points that were used up meanwhile are kept from it.
export const atMost = (sale, counts) => parts(sale).reduce((sum, part, place) => sum + Math.round((part.money * counts[place]) / part.left), 0);

export function send() {
  const {sale, counts, receipt} = flow.now();
  const all = parts(sale);
  if (!counts.some(Boolean)) return;
  const whole = all.every((part, place) => counts[place] === part.left);
  const returned = whole ? [] : all.map(({sku, reward}, place) => ({sku, qty: counts[place], ...(reward ? {reward} : {})})).filter((line) => line.qty);
  flow.ask({kind: "refund", returned, ...(receipt ? {receipt} : {sale: sale.sale})}); // a REF of another home may be one of ours too
}

export const today = () => dayText(new Date());

export function dayBeside(day, by) {
  const moment = new Date(`${day}T12:00:00`);
  moment.setDate(moment.getDate() + by);
  return dayText(moment);
}

const dayText = (moment) => [moment.getFullYear(), moment.getMonth() + 1, moment.getDate()].map((n) => String(n).padStart(2, "0")).join("-");
