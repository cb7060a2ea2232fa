// What the page knows of the shop, in one place; parts of the page say what they want to hear of.
//
// shop {...}, readers [...], today {...}, doubts [...], online bool, may [scopes], lastSale {sale, amount, earned, card_number} or null

const known = {shop: null, readers: [], today: {}, doubts: [], online: false, may: [], lastSale: null, tapAlone: "show"};
const listeners = [];

export const get = () => known;

export function set(changes) {
  Object.assign(known, changes);
  for (const [keys, listener] of listeners) {
    if (keys.some((key) => key in changes)) listener(known);
  }
}

// on(["readers", "online"], (known) => …); called once at once.
export function on(keys, listener) {
  listeners.push([keys, listener]);
  listener(known);
}

// Readers are told one by one; a known name is replaced.
export function putReader(reader) {
  const others = known.readers.filter((other) => other.name !== reader.name);
  set({readers: [...others, reader]});
}
