// The terminal on the counter: what its firmware draws, lights and plays, and its buttons.

import {byId, el} from "../dom.js";
import {play} from "./beeps.js";
import {sentence} from "./words.js";

const INK = [196, 228, 255];
const DARK = [9, 12, 15];
const NOTE_MS = 1600;
const KEYPAD = ["1", "2", "3", "00", "4", "5", "6", "0", "7", "8", "9", "enter"];
const KEY_NAMES = {enter: "OK"};

let noteTimer = 0;

export function startDevice(press) {
  for (const cap of document.querySelectorAll(".cap[data-press]")) cap.addEventListener("click", () => press(cap.dataset.press));
  byId("pad").append(...KEYPAD.map((key) => el("button", {type: "button", class: "cap", "data-press": key, onclick: () => press(key)}, KEY_NAMES[key] || key)));
}

export function showMode(mode) {
  byId("pad").hidden = mode !== "amount";
}

// hex: the frame of the display, columns of eight pixels, lowest bit on top; "" for dark.
export function draw(hex, width = 128, height = 64) {
  const canvas = byId("display");
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, {width, height});
  const context = canvas.getContext("2d", {willReadFrequently: true});
  const image = context.createImageData(width, height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = ((y >> 3) * width + x) * 2;
      const on = hex && (parseInt(hex.substr(at, 2), 16) >> (y & 7)) & 1;
      image.data.set([...(on ? INK : DARK), 255], (y * width + x) * 4);
    }
  }
  context.putImageData(image, 0, 0);
}

export function shine([red, green, blue]) {
  const strongest = Math.max(red, green, blue);
  const lit = strongest > 0;
  const scale = lit ? 255 / strongest : 0;
  const colour = `rgb(${[red, green, blue].map((part) => Math.round(part * scale)).join(" ")})`;
  const lamp = byId("lamp");
  lamp.style.setProperty("--lamp", lit ? colour : "#120e0c");
  byId("device").style.setProperty("--glow", lit ? colour : "transparent");
  lamp.setAttribute("aria-label", lit ? `Light ${red}, ${green}, ${blue}` : "Light off");
}

export function sound(notes) {
  play(notes);
  const heard = notes.filter(([hz]) => hz > 0);
  if (!heard.length) return;
  const note = byId("note");
  note.textContent = `♪ ${heard.map(([hz]) => hz).join(" ")} Hz`;
  clearTimeout(noteTimer);
  noteTimer = setTimeout(() => { note.textContent = ""; }, NOTE_MS);
}

export function say(word, facts) {
  const text = sentence(word, facts);
  byId("display").setAttribute("aria-label", `The display says: ${text}`);
  byId("device").dataset.word = word;
  return text;
}

export function showPower(on) {
  byId("device").dataset.power = on ? "on" : "off";
  for (const cap of document.querySelectorAll(".cap[data-press]")) cap.disabled = !on;
  if (on) return;
  draw("");
  shine([0, 0, 0]);
  byId("display").setAttribute("aria-label", "The display is dark");
}
