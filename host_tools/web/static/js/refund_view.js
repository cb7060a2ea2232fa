// Draws the refund screen: the list of sales, the lines of one, a receipt's code to scan and to show.

import {button, drawing, el, icon} from "./dom.js";
import * as flow from "./flow.js";
import {dateText, givenText} from "./holdings.js";
import {currentLanguage, t} from "./i18n.js";
import {money} from "./money.js";
import * as refund from "./refund.js";

const NAMED = 3; // articles named in a row

// A view for the stage. now: {step: "list" | "lines" | "receipt" | "slip", …}
export function refundView(shop, now) {
  const view = {list: listView, lines: linesView, receipt: receiptView, slip: slipView}[now.step](shop, now);
  return {rich: true, single: true, tone: "ask", ...view, note: now.wrong ? [now.wrong.message, now.wrong.hint].filter(Boolean).join(" ") : null};
}

const back = (onclick = flow.rest, words = t("close")) => button(words, {key: t("key.esc"), onclick});

function listView(shop, now) {
  const {query} = now;
  const input = el("input", {type: "text", id: "refund-find", autocomplete: "off", maxlength: "4000", placeholder: t("refund.find_hint")});
  const search = el("form", {class: "find", onsubmit: (event) => { event.preventDefault(); refund.find(input.value); }},
    el("label", {for: "refund-find"}, t("refund.find")), input, button(t("refund.find_go"), {onclick: () => refund.find(input.value)}));
  const rows = now.sales && now.sales.map((sale, place) => saleRow(shop, sale, place));
  return {
    title: t("refund.title"), text: t("refund.text"),
    form: el("div", {class: "refund"}, search,
      query && (query.day ? dayRow(query.day) : el("p", {class: "day"}, t("refund.of_card", {number: query.card}), button(t("refund.of_day"), {kind: "quiet", onclick: () => refund.list({day: refund.today()})}))),
      rows && (rows.length ? el("ul", {class: "sales", onkeydown: arrows}, rows) : el("p", {class: "empty"}, t("refund.none")))),
    acts: [back()],
  };
}

function dayRow(day) {
  const step = (name, label, by, disabled) => el("button", {type: "button", class: "step", "aria-label": t(label), disabled, onclick: () => refund.list({day: refund.dayBeside(day, by)})}, icon(name));
  return el("p", {class: "day"}, step("before", "refund.day_before", -1, false), el("strong", {}, day === refund.today() ? t("today.title") : dateText(day)),
    step("after", "refund.day_after", 1, day >= refund.today()));
}

const timeOf = (sale) => (sale.at ? new Intl.DateTimeFormat([currentLanguage(), "en"], {hour: "2-digit", minute: "2-digit", hourCycle: "h23"}).format(new Date(sale.at)) : "");

const isLeft = (sale) => refund.parts(sale).length > 0;

function saleRow(shop, sale, place) {
  const node = el("button", {type: "button", class: "sale", disabled: !isLeft(sale), onclick: () => refund.choose(sale)},
    el("span", {class: "when"}, timeOf(sale)), el("span", {class: "what"}, summary(sale), el("small", {}, sale.card_number ? t("card.number", {number: sale.card_number}) : "")),
    el("strong", {}, isLeft(sale) ? money(shop, sale.paid) : t("refund.all_back")));
  if (place === 0 && isLeft(sale)) node.dataset.first = "";
  return el("li", {}, node);
}

const partName = (line) => (!line.sku ? t("refund.amount") : line.category === "other" ? t("items.open") : line.name);

function summary(sale) {
  const named = sale.lines.filter((line) => line.sku).map((line) => (line.qty > 1 ? t("reward.times", {n: line.qty, reward: partName(line)}) : partName(line)));
  const shown = named.length > NAMED ? [...named.slice(0, NAMED), "…"] : named;
  return shown.join(", ") || (sale.rewards || []).map(givenText).join(", ") || t("refund.amount");
}

function arrows(event) {
  const by = {ArrowDown: 1, ArrowUp: -1}[event.key];
  if (!by) return;
  const all = [...event.currentTarget.querySelectorAll("button:not(:disabled)")];
  const next = all[all.indexOf(document.activeElement) + by];
  event.preventDefault();
  if (next) next.focus();
}

function linesView(shop, now) {
  const {sale, counts, receipt} = now;
  const all = refund.parts(sale);
  const chosen = counts.some(Boolean);
  const whole = counts.every((n, place) => n === all[place].left);
  const go = button(t("refund.go"), {kind: "primary", picture: "contactless", key: t("key.enter"), onclick: refund.send});
  go.setAttribute("aria-disabled", String(!chosen));
  if (chosen) go.dataset.first = "";
  return {
    title: t("refund.lines"), text: [timeOf(sale), money(shop, sale.paid), sale.card_number ? t("card.number", {number: sale.card_number}) : sale.sale].filter(Boolean).join(" · "),
    form: all.length ? el("ul", {class: "lines returned"}, all.map((part, place) => partRow(shop, part, place, counts[place], chosen))) : el("p", {class: "empty"}, t("refund.all_back")),
    big: all.length && chosen ? t("refund.at_most", {amount: money(shop, refund.atMost(sale, counts))}) : t("refund.choose"),
    acts: [go, !whole && button(t("refund.everything"), {onclick: refund.everything}), all.length && !receipt && button(t("refund.slip"), {kind: "quiet", onclick: refund.slip}), back(() => refund.openRefund(), t("refund.another"))],
  };
}

function partRow(shop, part, place, n, chosen) {
  const step = (name, label, by) => {
    const node = el("button", {type: "button", class: "step", "aria-label": t(label, {item: partName(part)}), "data-keep": `part-${place}-${by}`, onclick: () => refund.count(place, by)}, icon(name));
    if (!chosen && place === 0 && by > 0) node.dataset.first = "";
    return node;
  };
  return el("li", {class: "line"}, el("span", {class: "line-name"}, partName(part), part.reward && el("small", {}, t("refund.free"))),
    step("minus", "items.less", -1), el("output", {"aria-label": partName(part)}, t("card.of", {stamps: n, needed: part.left})), step("plus", "items.more", 1),
    el("span", {class: "line-money"}, part.reward ? "" : money(shop, part.money)));
}

function slipView(shop, now) {
  return {
    title: t("refund.slip_title", {sale: now.sale.sale}), text: t("refund.slip_text"),
    form: el("p", {class: "slip"}, drawing(now.svg, t("refund.slip_title", {sale: now.sale.sale}))),
    acts: [back(() => refund.choose(now.sale), t("refund.lines"))],
  };
}

function receiptView(shop, now) {
  const input = el("textarea", {id: "receipt", rows: "3", maxlength: "4000", autocomplete: "off", spellcheck: "false", "data-first": true});
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return; // a scanner ends with it
    event.preventDefault();
    refund.findReceipt(input.value);
  });
  return {
    title: t("refund.receipt"), text: t("refund.receipt_text"), big: now.unknown ? t("refund.unknown", {sale: now.unknown}) : "",
    form: el("p", {class: "field receipt"}, el("label", {for: "receipt"}, t("refund.receipt_label")), input),
    acts: [button(t("refund.find_go"), {kind: "primary", key: t("key.enter"), onclick: () => refund.findReceipt(input.value)}), back(() => refund.openRefund(), t("refund.another"))],
  };
}
