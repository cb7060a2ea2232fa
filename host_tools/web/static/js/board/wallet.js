// The cards, and the hand that holds one to the terminal.

import {byId, el} from "../dom.js";
import {FAMILIES, stampWord} from "./words.js";

export function startWallet(hold) {
  byId("cards").addEventListener("click", (event) => {
    const card = event.target.closest("button.vcard");
    if (card) hold(card.dataset.id);
  });
}

export const mishap = () => document.querySelector("[name=mishap]:checked").value;

export function forgetMishap() {
  document.querySelector("[name=mishap][value='']").checked = true;
}

function face(card, place) {
  const balance = card.ours ? String(card.on_card ?? "?") : "–";
  const word = card.ours ? stampWord(card.on_card) : "no stamps";
  return [
    el("span", {class: "vcard-name"}, card.label), el("span", {class: "vcard-balance"}, balance),
    el("span", {class: "vcard-family"}, FAMILIES[card.family] || card.family), el("span", {class: "vcard-word"}, word),
    place <= 9 ? el("span", {class: "unseen"}, `Key ${place}`) : null,
  ];
}

export function showCards(cards, lying) {
  const rack = byId("cards");
  const buttons = new Map([...rack.children].map((button) => [button.dataset.id, button]));
  for (const [place, card] of cards.entries()) {
    let button = buttons.get(card.id);
    if (!button) {
      button = el("button", {type: "button", class: "vcard", "data-id": card.id, "data-tint": place});
      rack.append(button);
    }
    button.replaceChildren(...face(card, place + 1).filter(Boolean));
    button.classList.toggle("lying-now", card.id === lying);
  }
  const place = cards.findIndex((card) => card.id === lying);
  const spot = byId("lying");
  if (place < 0) spot.replaceChildren();
  else if (spot.firstElementChild?.dataset.lying !== lying) spot.replaceChildren(el("div", {class: "vcard", "data-tint": place, "data-lying": lying}, ...face(cards[place], 99).filter(Boolean)));
}
