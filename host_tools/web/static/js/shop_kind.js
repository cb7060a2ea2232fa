// What kind of shop this is, asked in many places: articles to press, offers of its own, who is signed in.

import {get} from "./state.js";

const STARTER_PACK = 1; // one stamp card made of the settings

export const hasItems = () => get().shop.catalogue.length > 0;
export const hasOffers = () => get().shop.pack !== STARTER_PACK;
export const canRefund = () => hasItems() || hasOffers();
export const isManager = () => get().may.includes("manage");

// Rewards that can be given without a sale.
export const aloneIds = () => get().shop.rewards.filter((reward) => reward.alone).map((reward) => reward.id);
