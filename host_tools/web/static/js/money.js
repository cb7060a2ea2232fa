// Money is whole minor units everywhere but on the screen. `shop` has currency and minor_digits.

import {currentLanguage} from "./i18n.js";

const LANGUAGES = () => [currentLanguage(), "en"];

export function money(shop, minor) {
  const style = {style: "currency", currency: shop.currency, minimumFractionDigits: shop.minor_digits, maximumFractionDigits: shop.minor_digits};
  return new Intl.NumberFormat(LANGUAGES(), style).format(minor / 10 ** shop.minor_digits);
}

// What stands before and after the digits: {before: "€", after: ""}.
export function currencyPlaces(shop) {
  const parts = new Intl.NumberFormat(LANGUAGES(), {style: "currency", currency: shop.currency}).formatToParts(1);
  const at = parts.findIndex((part) => part.type === "currency");
  const symbol = parts[at].value;
  return at === 0 ? {before: symbol, after: ""} : {before: "", after: symbol};
}

export function decimalMark() {
  const parts = new Intl.NumberFormat(LANGUAGES()).formatToParts(1.5);
  return parts.find((part) => part.type === "decimal").value;
}
