// What an answer means for the person at the till. Pure: an answer in, a phase and its facts out.
//
// phase: done, shown, doubt, settled, refused, blank; facts: the answer's own, plus `offer`, `fresh` stamps, `note`, `question`: a reward is
// offered, and `lingers`: it stays until somebody goes on.

import {has, t} from "./i18n.js";
import {aloneIds, hasOffers} from "./shop_kind.js";

export const HANDS_OVER = ["redeem", "undo", "refund"];
const BLANK = "BLANK_CARD";
const UNFINISHED = "ISSUE_NOT_FINISHED";

export function meaning(answer, wish) {
  const facts = {answer, wish, offer: (answer.progress || [])[0] || null, note: settledNote(answer)};
  if (answer.outcome === "in_doubt") return {phase: "doubt", ...facts};
  const own = ownSettlement(answer, wish);
  if (own && own.outcome === "landed") return {phase: "settled", landed: true, ...facts, note: null};
  if (answer.outcome === "done") {
    const phase = answer.operation === "show" || (wish && wish.kind === "show") ? "shown" : "done";
    const question = phase === "done" && answer.operation === "earn" && (answer.progress || []).some((offer) => offer.ready && aloneIds().includes(offer.id));
    return {phase, ...facts, fresh: answer.earned ? sumOf(answer.earned) : Number(answer.operation === "earn"), question, lingers: hasOffers() && toRead(phase, answer)};
  }
  if (own) return {phase: "settled", landed: false, ...facts, note: null};
  if (answer.refused === BLANK || answer.refused === UNFINISHED) return {phase: "blank", unfinished: answer.refused === UNFINISHED, ...facts};
  return {phase: "refused", ...facts};
}

// Choices, or an amount that is not the one that was typed.
const toRead = (phase, answer) => phase === "shown" || Boolean(answer.discount || answer.refunded || sumOf(answer.spent) || answer.declined);

export const sumOf = (counts) => Object.values(counts || {}).reduce((sum, n) => sum + n, 0);

// The sentence for a refusal: our translation of the code, or the daemon's own words.
export function words(answer) {
  const key = `code.${answer.refused || answer.code}`;
  if (!has(key)) return {message: answer.message || t("refused.title"), hint: answer.hint || ""};
  return {message: t(key), hint: has(`${key}.hint`) ? t(`${key}.hint`) : ""};
}

// How this very wish's doubt ended, when this answer says so.
function ownSettlement(answer, wish) {
  if (!wish || !wish.doubtful) return null;
  const all = answer.settled || [];
  return all.find((item) => item.sale !== null && item.sale === wish.sale) || all.find((item) => item.operation === wish.operation) || null;
}

function settledNote(answer) {
  const last = (answer.settled || []).at(-1);
  if (!last) return null;
  return t(last.outcome === "landed" ? "settled.note_landed" : "settled.note_not_landed");
}
