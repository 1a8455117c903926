import { Store } from "./store.js";

/** @typedef {"system" | "light" | "dark"} Theme */

const KEY = "hpsearch-theme";
const chosen = document.documentElement.dataset.theme;

/** The theme that was chosen in this browser. @type {Store<Theme>} */
export const theme = new Store(chosen === "light" || chosen === "dark" ? chosen : "system");

/**
 * Shows and keeps a theme; "system" follows the system.
 * @param {Theme} next
 */
export function choose(next) {
  if (next === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  try {
    if (next === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, next);
  } catch {
    // Without storage it holds for this page.
  }
  theme.set(next);
}
