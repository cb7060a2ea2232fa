// Draws the demo's counter: a rack of cards, a reader, and what hands can do. Cards can be dragged, pressed or used by keyboard.

import {button, el, icon, svg} from "./dom.js";
import {t} from "./i18n.js";

const EXCHANGES_A_TAP = 15;
const DRAG_FROM_PX = 6;
const ROOMY_CARDS = 6; // more are drawn smaller

// hands: {put(id), pull(), blank(), arm()}. Returns {show(view), reveal(id)}.
export function drawTable(section, hands) {
  const rack = el("div", {class: "rack", role: "group", "aria-label": t("demo.cards")});
  const spot = el("div", {class: "spot"});
  const ring = svg("circle", {cx: "60", cy: "60", r: "54", class: "ring", pathLength: "100"});
  const reader = el("div", {class: "desk-reader"},
    svg("svg", {viewBox: "0 0 120 120", class: "desk-ring", "aria-hidden": "true"}, svg("circle", {cx: "60", cy: "60", r: "54", class: "ring-track"}), ring),
    icon("contactless"), spot);
  const armed = button(t("demo.mid_write"), {kind: "switch", onclick: hands.arm});
  armed.setAttribute("role", "switch");
  const away = button(t("demo.pull"), {picture: "hand", key: "P", onclick: hands.pull});
  const fresh = button(t("demo.new"), {picture: "new-card", key: "B", onclick: hands.blank});
  section.replaceChildren(
    el("div", {class: "demo-words"}, el("h2", {id: "demo-title"}, t("demo.title")), el("p", {}, t("demo.text"))), rack, reader,
    el("div", {class: "demo-acts"}, away, armed, fresh));
  const hand = {reader, hands, lying: null, drawn: ""};
  return {
    show(view) {
      armed.setAttribute("aria-checked", String(view.armed));
      away.disabled = !view.cards.some((card) => card.on_reader);
      reader.dataset.phase = view.phase;
      ring.style.setProperty("--tap", `${view.delay * EXCHANGES_A_TAP}ms`);
      drawCards(rack, spot, hand, view);
    },
    reveal(id) {
      const card = rack.querySelector(`[data-id="${CSS.escape(id)}"]`);
      if (card) card.scrollIntoView({block: "nearest", inline: "nearest"});
    },
  };
}

function drawCards(rack, spot, hand, view) {
  const drawn = JSON.stringify(view.cards.map((card) => [card.id, card.blank, card.on_reader]));
  if (drawn === hand.drawn) return;
  hand.drawn = drawn;
  const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.id : null;
  const lying = view.cards.find((card) => card.on_reader) || null;
  const from = lying && lying.id !== hand.lying ? placeOf(rack, lying.id) : null;
  const back = !lying && hand.lying ? placeOf(spot, hand.lying) : null;
  rack.classList.toggle("many", view.cards.length > ROOMY_CARDS);
  rack.replaceChildren(...view.cards.map((card) => (card.on_reader ? el("span", {class: "vcard gap", "data-id": card.id}) : virtualCard(card, view, hand))));
  spot.replaceChildren(...(lying ? [virtualCard(lying, view, hand)] : []));
  if (from) glide(spot.firstElementChild, from);
  if (back) glide(rack.querySelector(`[data-id="${CSS.escape(hand.lying)}"]`), back);
  hand.lying = lying ? lying.id : null;
  if (focused) {
    const again = document.querySelector(`button.vcard[data-id="${CSS.escape(focused)}"]`);
    if (again) again.focus({preventScroll: true});
  }
}

const TINTS = 3;

function virtualCard(card, view, hand) {
  const tint = view.cards.indexOf(card) % TINTS;
  const node = el("button", {type: "button", class: `vcard${card.blank ? " blank" : ""}`, "data-id": card.id, "data-tint": String(tint), "aria-pressed": String(card.on_reader), "aria-label": view.label(card)},
    icon(card.blank ? "card" : "cup"), el("span", {}, card.label));
  node.addEventListener("pointerdown", (event) => drag(event, node, card, hand));
  node.addEventListener("click", (event) => {
    if (event.detail !== 0) return; // a pointer: the end of the drag decides
    if (card.on_reader) hand.hands.pull();
    else hand.hands.put(card.id);
  });
  return node;
}

// Follow the pointer. Over the reader's edge outwards the card is gone at once, as with plastic.
function drag(start, node, card, hand) {
  if (start.button !== 0) return;
  const box = node.getBoundingClientRect();
  let moved = false;
  let away = !card.on_reader;
  let ghost = null;
  const move = (event) => {
    const dx = event.clientX - start.clientX;
    const dy = event.clientY - start.clientY;
    if (!moved && Math.hypot(dx, dy) < DRAG_FROM_PX) return;
    if (!moved) {
      moved = true;
      ghost = liftedCopy(node, box);
      node.classList.add("lifted");
    }
    ghost.style.transform = `translate(${dx}px, ${dy}px) rotate(-3deg)`;
    const over = isOver(hand.reader, event);
    hand.reader.classList.toggle("inviting", over);
    if (!over && !away) {
      away = true;
      hand.hands.pull();
    }
  };
  const end = (event) => {
    window.removeEventListener("pointermove", move);
    window.removeEventListener("pointerup", end);
    window.removeEventListener("pointercancel", end);
    hand.reader.classList.remove("inviting");
    node.classList.remove("lifted");
    if (ghost) ghost.remove();
    if (event.type === "pointercancel") return;
    if (!moved) {
      if (card.on_reader) hand.hands.pull();
      else hand.hands.put(card.id);
    } else if (isOver(hand.reader, event) && away) {
      hand.hands.put(card.id);
    }
  };
  window.addEventListener("pointermove", move);
  window.addEventListener("pointerup", end);
  window.addEventListener("pointercancel", end);
}

function liftedCopy(node, box) {
  const ghost = node.cloneNode(true);
  ghost.classList.add("ghost");
  ghost.setAttribute("aria-hidden", "true");
  ghost.removeAttribute("data-id");
  Object.assign(ghost.style, {left: `${box.left}px`, top: `${box.top}px`, width: `${box.width}px`, height: `${box.height}px`});
  document.body.append(ghost);
  return ghost;
}

function isOver(reader, event) {
  const box = reader.getBoundingClientRect();
  return event.clientX > box.left && event.clientX < box.right && event.clientY > box.top && event.clientY < box.bottom;
}

const placeOf = (room, id) => {
  const node = room.querySelector(`[data-id="${CSS.escape(id)}"]`);
  return node ? node.getBoundingClientRect() : null;
};

function glide(node, from) {
  if (!node || window.matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const to = node.getBoundingClientRect();
  node.animate([{transform: `translate(${from.left - to.left}px, ${from.top - to.top}px) scale(1.05)`}, {}], {duration: 260, easing: "cubic-bezier(.2,.8,.3,1)"});
}
