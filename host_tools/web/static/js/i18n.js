// Every visible word comes from here. Texts are one flat file a language; {names} are filled in, `n` chooses the plural form.

const CHOICE = "stampd.language";
let words = {};
let language = "en";
let plurals = new Intl.PluralRules("en");

export async function loadTexts(fallback) {
  const wanted = remembered() || fallback || document.documentElement.lang || "en";
  const answer = (await fetchTexts(wanted)) || (await fetchTexts("en"));
  words = answer.words;
  language = answer.language;
  plurals = new Intl.PluralRules(language);
  document.documentElement.lang = language;
}

async function fetchTexts(wanted) {
  const answer = await fetch(`/translations/${encodeURIComponent(wanted)}.json`);
  return answer.ok ? {language: wanted, words: await answer.json()} : null;
}

export const currentLanguage = () => language;

export const has = (key) => key in words;

export function t(key, values = {}) {
  let name = key;
  if ("n" in values) {
    const form = `${key}.${plurals.select(values.n)}`;
    name = [form, `${key}.other`].find(has) || key;
  }
  const text = words[name];
  if (text === undefined) return key;
  return text.replace(/\{(\w+)\}/g, (all, field) => (field in values ? String(values[field]) : all));
}

// Fill everything that names its text in the template: data-text, data-label (also the tool tip).
export function fillTexts(root) {
  for (const node of root.querySelectorAll("[data-text]")) node.textContent = t(node.dataset.text);
  for (const node of root.querySelectorAll("[data-label]")) {
    node.setAttribute("aria-label", t(node.dataset.label));
    if (node.matches("button")) node.title = t(node.dataset.label);
  }
}

// A language's own name: "latviešu" for lv.
export function ownName(code) {
  const name = new Intl.DisplayNames([code], {type: "language"}).of(code) || code;
  return name.charAt(0).toLocaleUpperCase(code) + name.slice(1);
}

export function chooseLanguage(code) {
  localStorage.setItem(CHOICE, code);
  location.reload();
}

function remembered() {
  return localStorage.getItem(CHOICE);
}
