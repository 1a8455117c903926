import { h } from "preact";
import htm from "htm";

/** Markup in template strings, as virtual nodes: text stays text, whatever it holds. */
export const html = htm.bind(h);
