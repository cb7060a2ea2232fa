// One key for every act; the list that "?" shows is made from the same table.

import {byId, el, button} from "./dom.js";
import {t} from "./i18n.js";

// acts: {digit(mark), backspace, clear, enter, escape, redeem, undo, newCard, oneStamp, more, less, quick(index), sound, theme, present, blank, look, all, code, discount, refund, search}
// demo, items, offers: what there is in this shop.
export function startKeys(acts, {demo, items, offers}) {
  const table = [
    ["0 – 9  , .", "keys.amount"], [t("key.enter"), "keys.enter"], [t("key.esc"), "keys.escape"], [t("key.backspace"), "keys.backspace"], ["C", "keys.clear"],
    ...(items ? [["+  −", "keys.line"], ["F1 – F8", "keys.tiles"], ["/", "keys.search"]] : [["S", "keys.one_stamp"], ["+  −", "keys.quantity"], ["F1 – F8", "keys.quick"]]),
    ...(offers ? [["V", "keys.look"], [t("key.redeem"), "keys.choose"], ["A", "keys.all"], [t("key.code"), "keys.code"], [t("key.discount"), "keys.discount"]] : [[t("key.redeem"), "keys.redeem"]]),
    [t("key.undo"), "keys.undo"], ...(items || offers ? [[t("key.refund"), "keys.refund"]] : []), [t("key.new"), "keys.new"], ["M", "keys.sound"], ["D", "keys.theme"],
    ...(demo ? [["P", "keys.present"], ["B", "keys.blank"]] : []), ["?", "keys.help"],
  ];
  drawHelp(table);
  byId("help").addEventListener("click", openHelp);
  const letters = {
    c: acts.clear, s: acts.oneStamp, r: acts.redeem, u: acts.undo, n: acts.newCard, m: acts.sound, d: acts.theme,
    "+": acts.more, "-": acts.less, "?": openHelp, Backspace: acts.backspace, Delete: acts.clear, Escape: acts.escape,
    ",": () => acts.digit("mark"), ".": () => acts.digit("mark"), Decimal: () => acts.digit("mark"),
    ...(demo ? {p: acts.present, b: acts.blank} : {}), ...(items ? {"/": acts.search} : {}), ...(items || offers ? {f: acts.refund} : {}),
    ...(offers ? {v: acts.look, a: acts.all, k: acts.code, "%": acts.discount} : {}),
  };
  window.addEventListener("keydown", (event) => onKey(event, letters, acts));
  document.addEventListener("mousedown", leaveFocus);
}

function onKey(event, letters, acts) {
  if (event.ctrlKey || event.altKey || event.metaKey || document.querySelector("dialog[open]")) return;
  const {target} = event;
  const typing = target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
  if (typing && event.key !== "Escape") return;
  const onControl = target instanceof HTMLElement && target.closest("button, summary, select, a");
  const act = actOf(event, letters, acts, onControl);
  if (!act) return;
  event.preventDefault();
  act();
}

// A press with the finger or mouse leaves the focus where it is, so that Enter still asks for the card.
function leaveFocus(event) {
  if (event.target instanceof Element && event.target.closest("button")) event.preventDefault();
}

function actOf(event, letters, acts, onControl) {
  const {key} = event;
  if (key.length === 1 && key >= "0" && key <= "9") return () => acts.digit(key);
  if (/^F[1-8]$/.test(key)) return () => acts.quick(Number(key.slice(1)) - 1);
  if (key === "Enter") return onControl ? null : acts.enter;
  return letters[key] || letters[key.toLowerCase()] || null;
}

function openHelp() {
  byId("keys-help").showModal();
}

function drawHelp(table) {
  const dialog = byId("keys-help");
  const close = button(t("close"), {kind: "primary", key: t("key.esc"), onclick: () => dialog.close()});
  dialog.replaceChildren(
    el("h2", {id: "keys-title"}, t("keys.title")),
    el("dl", {class: "keys"}, table.map(([key, text]) => el("div", {}, el("dt", {}, el("kbd", {}, key)), el("dd", {}, t(text))))),
    el("div", {class: "acts"}, close));
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
}
