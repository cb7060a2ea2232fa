// Short sounds made on the spot. A browser lets a page sound only after the first key or touch; until then it stays silent.

import {byId, icon} from "./dom.js";
import {t} from "./i18n.js";

const CHOICE = "stampd.sound";
const QUIET = 0.0001;

// word: [[frequency in Hz, start in s, length in s, loudness], ...], wave
const WORDS = {
  done: [[[880, 0, 0.12, 0.22], [1318.5, 0.1, 0.28, 0.22]], "sine"],
  reward: [[[659.3, 0, 0.14, 0.2], [830.6, 0.11, 0.14, 0.2], [987.8, 0.22, 0.14, 0.2], [1318.5, 0.33, 0.5, 0.22]], "triangle"],
  refused: [[[220, 0, 0.16, 0.25], [174.6, 0.15, 0.3, 0.25]], "triangle"],
  again: [[[740, 0, 0.14, 0.25], [523, 0.17, 0.14, 0.25], [740, 0.34, 0.14, 0.25], [523, 0.51, 0.14, 0.25]], "square"],
  present: [[[1046.5, 0, 0.05, 0.1]], "sine"],
};

let context = null;

export const soundIsOn = () => localStorage.getItem(CHOICE) !== "off";

export function startSound() {
  byId("sound").addEventListener("click", toggleSound);
  for (const gesture of ["pointerdown", "keydown"]) window.addEventListener(gesture, wake, {once: true, capture: true});
  show();
}

export function toggleSound() {
  localStorage.setItem(CHOICE, soundIsOn() ? "off" : "on");
  show();
  play("present");
}

// word: done, reward, refused, again or present
export function play(word) {
  if (!soundIsOn() || !context) return;
  const [notes, wave] = WORDS[word];
  for (const [frequency, start, length, loudness] of notes) {
    note(context.currentTime + start, frequency, length, loudness * (wave === "square" ? 0.4 : 1), wave);
  }
}

function note(at, frequency, length, loudness, wave) {
  const tone = new OscillatorNode(context, {type: wave, frequency});
  const volume = new GainNode(context, {gain: QUIET});
  volume.gain.setValueAtTime(QUIET, at);
  volume.gain.exponentialRampToValueAtTime(loudness, at + 0.012);
  volume.gain.exponentialRampToValueAtTime(QUIET, at + length);
  tone.connect(volume).connect(context.destination);
  tone.start(at);
  tone.stop(at + length + 0.02);
}

function wake() {
  if (!context) context = new AudioContext();
}

function show() {
  const tool = byId("sound");
  const on = soundIsOn();
  tool.replaceChildren(icon(on ? "sound-on" : "sound-off"));
  tool.title = t(on ? "tools.sound_on" : "tools.sound_off");
  tool.setAttribute("aria-label", tool.title);
  tool.setAttribute("aria-pressed", String(on));
}
