// Building elements. Text goes in as text nodes only: names, references and messages are never read as HTML.

const SVG = "http://www.w3.org/2000/svg";
const ICONS = "/static/icons.svg";

// el("button", {class: "primary", type: "button", onclick: fn, hidden: true}, "text", child, null)
export function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export function icon(name) {
  const picture = document.createElementNS(SVG, "svg");
  fillIcon(picture, name);
  return picture;
}

export function fillIcon(picture, name) {
  picture.setAttribute("viewBox", "0 0 24 24");
  picture.setAttribute("aria-hidden", "true");
  picture.setAttribute("focusable", "false");
  picture.classList.add("icon");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${ICONS}#${name}`);
  picture.replaceChildren(use);
}

export function svg(name, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

// A drawing that the daemon made, from its SVG text.
export function drawing(text, label) {
  const picture = document.importNode(new DOMParser().parseFromString(text, "image/svg+xml").documentElement, true);
  picture.setAttribute("role", "img");
  picture.setAttribute("aria-label", label);
  return picture;
}

// A button with a drawing, words and, where there is one, its key.
export function button(words, {kind = "plain", picture = null, key = null, onclick, id = null} = {}) {
  return el("button", {type: "button", class: kind, id, onclick}, picture && icon(picture), el("span", {}, words), key && el("kbd", {}, key));
}

export const byId = (id) => document.getElementById(id);
