// The daemon's API as functions. An effect carries an Idempotency-Key and is sent again with the same key when the network
// fails, so that a lost answer never becomes a second sale.

const ROOT = "/api/v1";
const TRIES = 3;
const PAUSE_MS = 400;

export class Problem extends Error {
  constructor({title = "", detail = "", code = "", status = 0, hint = ""} = {}) {
    super(detail || title);
    Object.assign(this, {title, detail, code, status, hint});
  }
}

export class Unreachable extends Error {}

export const getState = () => call("GET", "/state");
export const getDoubts = () => call("GET", "/doubts");
export const getCard = (number) => call("GET", `/cards/${encodeURIComponent(number)}`);
export const getSales = (query) => call("GET", `/sales?${new URLSearchParams(query)}`);
export const getReceipt = (sale) => call("GET", `/receipt?${new URLSearchParams({sale, svg: "1"})}`);
export const getIntent = (id) => call("GET", `/intents/${encodeURIComponent(id)}`);
export const postIntent = (wish) => call("POST", "/intents", wish, crypto.randomUUID());
export const cancelIntent = (id) => call("DELETE", `/intents/${encodeURIComponent(id)}`);
export const getDemo = () => call("GET", "/demo");
export const newDemoCard = () => call("POST", "/demo/cards", {}, crypto.randomUUID());
export const putOnReader = (wish) => call("POST", "/demo/reader", wish, crypto.randomUUID());
export const pullAway = () => call("DELETE", "/demo/reader");

async function call(method, path, body, key) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await once(method, path, body, key);
    } catch (trouble) {
      if (!(trouble instanceof Unreachable) || attempt === TRIES || (method === "POST" && !key)) throw trouble;
      await new Promise((done) => setTimeout(done, PAUSE_MS * attempt));
    }
  }
}

async function once(method, path, body, key) {
  const headers = {Accept: "application/json"};
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (key) headers["Idempotency-Key"] = key;
  let answer;
  try {
    answer = await fetch(ROOT + path, {method, headers, body: body === undefined ? undefined : JSON.stringify(body), cache: "no-store"});
  } catch (trouble) {
    throw new Unreachable(trouble.message);
  }
  const text = await answer.text();
  const value = readJson(text);
  if (!answer.ok) throw new Problem({status: answer.status, ...(value || {})});
  return value;
}

function readJson(text) {
  if (!text) return null;
  try {
    return JSON.parse(text);
  } catch (trouble) {
    if (trouble instanceof SyntaxError) return null;
    throw trouble;
  }
}
