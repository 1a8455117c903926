import { render } from "preact";

import { html } from "./html.js";
import { start } from "./router.js";
import { Shell } from "./shell.js";

const root = document.getElementById("app");
if (root !== null) {
  start();
  render(html`<${Shell} />`, root);
}
