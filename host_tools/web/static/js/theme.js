// Light, dark, or as the machine is set; remembered on this till.

import {byId, icon} from "./dom.js";
import {t} from "./i18n.js";

const CHOICE = "stampd.theme";
const machine = window.matchMedia("(prefers-color-scheme: dark)");

export function startTheme() {
  apply();
  byId("theme").addEventListener("click", toggleTheme);
  machine.addEventListener("change", apply);
}

export function toggleTheme() {
  localStorage.setItem(CHOICE, isDark() ? "light" : "dark");
  apply();
}

function isDark() {
  const chosen = localStorage.getItem(CHOICE);
  return chosen ? chosen === "dark" : machine.matches;
}

function apply() {
  const dark = isDark();
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  const tool = byId("theme");
  tool.replaceChildren(icon(dark ? "sun" : "moon"));
  tool.title = t(dark ? "tools.light" : "tools.dark");
  tool.setAttribute("aria-label", tool.title);
}
