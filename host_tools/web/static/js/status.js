// The top line: which reader, whether the daemon hears us, TEST keys, language.

import {byId, el, icon} from "./dom.js";
import {chooseLanguage, currentLanguage, ownName, t} from "./i18n.js";
import {on} from "./state.js";

const LOST = ["lost", "gone", "error", "unplugged"];

export function startStatus(languages) {
  on(["readers", "online"], drawReaders);
  on(["online"], drawOnline);
  on(["shop"], ({shop}) => {
    byId("test-keys").hidden = !(shop && shop.test_keys);
    if (shop) byId("shop-name").textContent = shop.name;
  });
  drawLanguages(languages);
}

function drawReaders({readers, online}) {
  const good = readers.filter((reader) => !LOST.includes(reader.state));
  const pill = byId("reader");
  const lost = good.length === 0;
  const name = lost ? (readers.length ? t("reader.lost", {name: readers[0].name}) : t("reader.none")) : good.map((reader) => reader.name).join(", ");
  pill.classList.toggle("bad", online && lost);
  pill.title = name;
  pill.replaceChildren(icon("reader"), el("span", {class: "pill-text"}, name), el("span", {class: "dot", "aria-hidden": "true"}),
    el("span", {class: "unseen"}, lost ? "" : t("reader.connected")));
}

function drawOnline({online}) {
  const pill = byId("online");
  pill.classList.toggle("bad", !online);
  pill.replaceChildren(el("span", {class: "dot", "aria-hidden": "true"}), el("span", {class: "pill-text"}, t(online ? "online.yes" : "online.no")));
  document.body.classList.toggle("offline", !online);
}

function drawLanguages(languages) {
  const select = byId("language");
  select.replaceChildren(...languages.map((code) => el("option", {value: code, selected: code === currentLanguage()}, ownName(code))));
  select.addEventListener("change", () => chooseLanguage(select.value));
  byId("language-label").hidden = languages.length < 2;
}
