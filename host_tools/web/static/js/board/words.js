// What the terminal's words mean to somebody who cannot see its display. The display's own texts are the firmware's.

const plural = (n, one, many) => `${n} ${n === 1 ? one : many}`;
const held = ({now, needed}) => (now === undefined || now === null ? "" : needed > now ? `${now} of ${needed}` : plural(now, "stamp", "stamps"));
const stamped = (facts) => (facts.earned && Object.keys(facts.earned).length ? `Stamped: ${held(facts)}. ` : "");
const gift = ({rewards, reward}) => (rewards && rewards.length ? rewards.join(", ") : reward) || "a reward";

const SENTENCES = {
  starting: () => "Starting",
  self_test_failed: () => "The self test failed",
  reading: () => "Reading the card",
  earned: (facts) => `Stamped: ${held(facts)}`,
  redeemed: (facts) => `Reward given: ${gift(facts)}`,
  offer: (facts) => `${stamped(facts)}A reward can be had: ${gift(facts)}`,
  shown: (facts) => `The card holds ${held(facts) || "nothing yet"}`,
  undone: (facts) => `Taken back: ${held(facts)}`,
  settled_landed: (facts) => `The earlier tap did land: ${held(facts)}`,
  settled_not_landed: (facts) => `The earlier tap did not land: ${held(facts)}`,
  in_doubt: () => "In doubt: present the card again",
  in_doubt_reward: () => "In doubt: hand nothing over yet, present the card again",
  blocked: () => "This card is blocked",
  not_ours: () => "Not a card of this shop",
  refused: ({code}) => `Refused: ${code}`,
  lost: () => "The card left too early, nothing happened",
  reader_gone: () => "The reader does not answer",
  full: () => "The journal is full: connect the shop",
  expired: () => "The certificate has ended: connect the shop",
  revoked: () => "This terminal is revoked",
  unsure: () => "The date is not known: connect the shop",
  trouble: ({code}) => `Trouble: ${code}`,
  updating: () => "Updating",
  guard: () => "Stamped already, a moment ago",
  amount: ({amount, digits = 2}) => `Amount ${((amount || 0) / 10 ** digits).toFixed(digits)}`,
};

const WISHES = {redeem: "Redeem: present the card", undo: "Undo: present the card"};

export function sentence(word, facts = {}) {
  if (word === "idle") {
    const wish = facts.wish;
    if (typeof wish === "number") return "Present the card to pay";
    return WISHES[wish] || "Ready";
  }
  const say = SENTENCES[word];
  return say ? say(facts) : word;
}

export const FAMILIES = {ntag215: "NTAG215", ntag424: "NTAG 424 DNA", "desfire-ev2": "DESFire EV2", "ultralight-aes": "Ultralight AES"};
export const QUIET_WORDS = ["idle", "reading", "starting", "amount"];
export const stampWord = (n) => (n === 1 ? "stamp" : "stamps");
