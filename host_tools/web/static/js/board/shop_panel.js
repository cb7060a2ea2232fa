// The shop's side: today's numbers, how much of the journal it has, and whether card, terminal and ledger say the same.

import {byId, el, icon} from "../dom.js";

const STORY_MAX = 60;

const row = ([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, String(value)));

export function showShop(shop) {
  const today = shop.today;
  byId("today").replaceChildren(...[["Sales", today.sales], ["Stamps", today.stamps], ["Rewards", today.rewards], ["Undone", today.undos], ["In doubt", today.doubts]].map(row));
  const {lines, stored} = shop.journal;
  const waiting = Math.max(0, lines - stored);
  byId("journal").replaceChildren(...[["written", lines], ["stored up to", stored], ["waiting", waiting]].map(row));
  byId("bar").setAttribute("aria-label", `${stored} of ${lines} lines are in the ledger`);
  byId("bar").firstElementChild.style.transform = `scaleX(${lines ? stored / lines : 1})`;
}

const MARKS = {agree: ["check", "", "agree"], waits: ["again", "waits", "not told yet"], differs: ["alert", "differs", "differ"]};

function judge(card, waiting) {
  if (card.on_card === card.ledger && (card.board === null || card.board === card.on_card)) return "agree";
  return waiting || card.in_doubt ? "waits" : "differs";
}

export function showAgreement(cards, journal) {
  const waiting = journal.lines > journal.stored;
  const ours = cards.filter((card) => card.ours);
  const verdicts = ours.map((card) => judge(card, waiting));
  byId("agreement").tBodies[0].replaceChildren(...ours.map((card, place) => {
    const [picture, kind, words] = MARKS[verdicts[place]];
    const mark = icon(picture);
    if (kind) mark.classList.add(kind);
    const cells = [card.on_card, card.board, card.ledger].map((value) => el("td", {}, value === null || value === undefined ? "–" : String(value)));
    return el("tr", {"data-id": card.id}, el("th", {scope: "row"}, card.label), ...cells, el("td", {}, mark, el("span", {class: "unseen"}, words)));
  }));
  const all = verdicts.includes("differs") ? "differs" : verdicts.includes("waits") || waiting ? "waits" : "agree";
  const verdict = byId("verdict");
  verdict.className = `verdict ${all}`;
  verdict.textContent = {
    agree: "Cards, terminal and ledger agree.",
    waits: waiting ? "The ledger has not heard everything yet." : "A tap is in doubt: present that card again.",
    differs: "They differ. This should never happen; please report it.",
  }[all];
}

export function tell(text) {
  const time = new Date().toLocaleTimeString("en-GB");
  const story = byId("story");
  story.prepend(el("li", {}, el("time", {}, time), el("span", {}, text)));
  while (story.children.length > STORY_MAX) story.lastElementChild.remove();
}
