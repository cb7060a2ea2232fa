// Light, dark, or as the machine is set; the choice is the till's.

import {byId, icon} from "../dom.js";

const CHOICE = "stampd.theme";
const machine = window.matchMedia("(prefers-color-scheme: dark)");

const isDark = () => (localStorage.getItem(CHOICE) ? localStorage.getItem(CHOICE) === "dark" : machine.matches);

export function startThemeTool() {
  show();
  byId("theme").addEventListener("click", () => {
    localStorage.setItem(CHOICE, isDark() ? "light" : "dark");
    show();
  });
  machine.addEventListener("change", show);
}

function show() {
  const dark = isDark();
  const words = dark ? "Light colours" : "Dark colours";
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  const tool = byId("theme");
  tool.replaceChildren(icon(dark ? "sun" : "moon"));
  tool.setAttribute("aria-label", words);
  tool.title = words;
}
