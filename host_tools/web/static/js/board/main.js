// The page: one state from the daemon, then its stream of events; presses go back as plain requests.

import {byId, fillIcon} from "../dom.js";
import {startBeeps} from "./beeps.js";
import {draw, say, shine, showMode, showPower, sound, startDevice} from "./device.js";
import {showAgreement, showShop, tell} from "./shop_panel.js";
import {startThemeTool} from "./theme_tool.js";
import {forgetMishap, mishap, showCards, startWallet} from "./wallet.js";
import {QUIET_WORDS} from "./words.js";

const state = {cards: [], lying: null, journal: {lines: 0, stored: 0}, power: false, network: false, busy: false};

async function ask(method, path, body) {
  const options = {method, headers: body === undefined ? {} : {"Content-Type": "application/json"}};
  if (body !== undefined) options.body = JSON.stringify(body);
  const answer = await fetch(`/board/${path}`, options);
  if (!answer.ok) {
    const trouble = await answer.json().catch(() => ({}));
    tell(trouble.detail || "That did not work.");
  }
  return answer;
}

const press = (word) => ask("POST", "press", {button: word});

function hold(id) {
  const what = mishap();
  forgetMishap();
  ask("POST", "card", {card: id, mishap: what || null});
}

const flip = (what) => ask("POST", what, {on: !state[what]});

function showSwitch(name, on, words) {
  state[name] = on;
  const node = byId(name);
  node.setAttribute("aria-checked", String(on));
  node.querySelector(".cable-state").textContent = words;
}

function showAll() {
  showCards(state.cards, state.lying);
  showAgreement(state.cards, state.journal);
}

const events = {
  line(line) {
    if (line.show !== undefined) draw(line.show, line.width, line.height);
    if (line.light) shine(line.light);
    if (line.sound) sound(line.sound);
    if (line.say) {
      const text = say(line.say, line.facts || {});
      if (!QUIET_WORDS.includes(line.say)) {
        tell(text);
        byId("say").textContent = text;
      }
    }
  },
  power({on, told}) {
    showSwitch("power", on, on ? "on" : "pulled out");
    showPower(on);
    if (told) tell(on ? "Power is back: the terminal starts" : "The power is pulled");
  },
  network({on, told}) {
    showSwitch("network", on, on ? "plugged" : "unplugged");
    if (told) tell(on ? "The network is plugged in" : "The network is unplugged");
  },
  spot({card}) {
    state.lying = card;
    showAll();
  },
  shop(shop) {
    state.journal = shop.journal;
    state.cards = shop.cards;
    showShop(shop);
    showAll();
  },
  busy({left}) {
    state.busy = left > 0;
    byId("busy").disabled = state.busy;
    byId("busy").querySelector("span").textContent = state.busy ? `${left} taps to go` : "Busy hour: 40 taps";
  },
  settings({language, mode}) {
    byId("language").value = language;
    byId("mode").value = mode;
    showMode(mode);
  },
};

async function load() {
  const whole = await (await fetch("/board/state")).json();
  byId("interpreter").textContent = whole.interpreter;
  events.settings(whole.settings);
  events.power(whole.power);
  events.network(whole.network);
  if (whole.power.on) {
    draw(whole.frame);
    shine(whole.light);
    if (whole.said) say(whole.said.word, whole.said.facts);
  }
  state.lying = whole.lying;
  events.shop(whole.shop);
  events.busy({left: whole.busy});
  document.body.classList.remove("starting");
}

function showOnline(on) {
  const pill = byId("online");
  pill.classList.toggle("bad", !on);
  pill.textContent = on ? "connected" : "the demo does not answer";
}

function listen() {
  const source = new EventSource("/board/events");
  source.onopen = () => { showOnline(true); load(); };
  source.onerror = () => {
    showOnline(false);
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, 2000);
  };
  for (const [name, take] of Object.entries(events)) source.addEventListener(name, (event) => take(JSON.parse(event.data)));
  source.addEventListener("resync", load);
}

function byKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("select, input:not([type=radio])")) return;
  const amount = byId("mode").value === "amount";
  const digit = /^[0-9]$/.test(event.key);
  if (digit && amount) press(event.key);
  else if (digit && state.cards[Number(event.key) - 1]) hold(state.cards[Number(event.key) - 1].id);
  else if (event.key === "Enter" && amount && !event.target.closest("button")) press("enter");
  else if (event.key === "Escape") press("cancel");
  else {
    const act = {r: () => press("redeem"), u: () => press("undo"), p: () => flip("power"), n: () => flip("network"), b: () => byId("busy").click()}[event.key.toLowerCase()];
    if (!act) return;
    act();
  }
  event.preventDefault();
}

for (const picture of document.querySelectorAll("svg[data-icon]")) fillIcon(picture, picture.dataset.icon);
startThemeTool();
startBeeps();
startDevice(press);
startWallet(hold);
for (const name of ["power", "network"]) byId(name).addEventListener("click", () => flip(name));
byId("busy").addEventListener("click", () => ask("POST", "taps", {count: 40}));
for (const name of ["language", "mode"]) byId(name).addEventListener("change", () => ask("POST", "settings", {language: byId("language").value, mode: byId("mode").value}));
window.addEventListener("keydown", byKey);
listen();
