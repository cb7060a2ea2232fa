// The buzzer, as the firmware plays it. A browser lets a page sound only after the first key or touch.

import {byId, icon} from "../dom.js";

const CHOICE = "stampd.sound";
const LOUD = 0.05;
let context = null;

const isOn = () => localStorage.getItem(CHOICE) !== "off";

export function startBeeps() {
  byId("sound").addEventListener("click", toggleBeeps);
  for (const gesture of ["pointerdown", "keydown"]) window.addEventListener(gesture, () => { context ||= new AudioContext(); }, {once: true, capture: true});
  show();
}

export function toggleBeeps() {
  localStorage.setItem(CHOICE, isOn() ? "off" : "on");
  show();
}

// notes: [[Hz, ms], ...]; 0 Hz is a rest.
export function play(notes) {
  if (!isOn() || !context) return;
  let at = context.currentTime;
  for (const [frequency, ms] of notes) {
    if (frequency > 0) {
      const tone = new OscillatorNode(context, {type: "square", frequency});
      tone.connect(new GainNode(context, {gain: LOUD})).connect(context.destination);
      tone.start(at);
      tone.stop(at + ms / 1000);
    }
    at += ms / 1000;
  }
}

function show() {
  const on = isOn();
  const words = on ? "Sound is on" : "Sound is off";
  const tool = byId("sound");
  tool.replaceChildren(icon(on ? "sound-on" : "sound-off"));
  tool.setAttribute("aria-label", words);
  tool.setAttribute("aria-pressed", String(on));
  tool.title = words;
}
