// The reader as the customer sees it, with a card on its way to it or lying on it.

import {svg} from "./dom.js";

// state: "waiting", "working" or "again"
export function readerPicture(state) {
  const waves = [26, 44, 62].map((radius, index) => {
    const wave = svg("path", {d: `M ${120 - radius * 0.72} ${150 - radius * 0.72} A ${radius} ${radius} 0 0 1 ${120 + radius * 0.72} ${150 - radius * 0.72}`, class: "wave"});
    wave.style.setProperty("--nth", String(index));
    return wave;
  });
  const ring = svg("circle", {cx: "120", cy: "130", r: "80", class: "ring", pathLength: "100"});
  return svg("svg", {viewBox: "0 0 240 240", class: `reader-picture ${state}`, "aria-hidden": "true", focusable: "false"},
    svg("rect", {x: "24", y: "34", width: "192", height: "192", rx: "50", class: "reader-body"}),
    svg("circle", {cx: "120", cy: "130", r: "80", class: "ring-track"}), ring, ...waves,
    svg("circle", {cx: "120", cy: "158", r: "7", class: "reader-eye"}),
    svg("g", {class: "flying-card"},
      svg("rect", {x: "62", y: "92", width: "116", height: "74", rx: "11", class: "flying-paper"}),
      ...[0, 1, 2, 3, 4].map((n) => svg("circle", {cx: String(80 + n * 20), cy: "122", r: "6.5", class: "flying-stamp"})),
      ...[0, 1, 2, 3, 4].map((n) => svg("circle", {cx: String(80 + n * 20), cy: "143", r: "6.5", class: "flying-stamp"}))));
}
