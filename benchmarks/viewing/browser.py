"""Headless Chromium, and what it notes of a page: when it is ready, its long tasks, what it shows when, its memory."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
WIDE: ViewportSize = {"width": 1360, "height": 900}
_NOTES = """
window.bench = {
  tasks: [],
  idle: () => new Promise((done) => requestIdleCallback(done)),
  frame: () => new Promise((done) => requestAnimationFrame(done)),
  /** Milliseconds since the navigation began until `wanted` is there, `unwanted` is not, and nothing is left to do. */
  async ready(wanted, unwanted) {
    const is = () => document.querySelector(wanted) && !(unwanted && document.querySelector(unwanted));
    for (;;) {
      await bench.frame();
      if (!is()) continue;
      await bench.idle();
      if (is()) return performance.now();
    }
  },
  /** Seconds since 1970 when the text of `main` first matched. */
  async shown(pattern) {
    const wanted = new RegExp(pattern);
    while (!wanted.test(document.querySelector("main").textContent)) await bench.frame();
    return (performance.timeOrigin + performance.now()) / 1000;
  },
};
new PerformanceObserver((list) => bench.tasks.push(...list.getEntries().map((one) => one.duration))).observe({ type: "longtask", buffered: true });
"""


class Tab:
    """One page in a browser of its own. It is asked past its policy, which allows no evaluation."""

    def __init__(self, browser: Browser, patience: float) -> None:
        """`patience` is how many seconds anything may take before it is given up."""
        self._patience = patience
        context = browser.new_context(viewport=WIDE)
        context.set_default_timeout(1000 * patience)
        context.add_init_script(_NOTES)
        self.page: Page = context.new_page()
        self._session = context.new_cdp_session(self.page)

    def open(self, url: str, wanted: str, unwanted: str = "") -> float | None:
        """Seconds from the navigation until the page is ready; None where it is not within the patience."""
        self.page.goto(url, wait_until="commit")
        found = self.ask(f"bench.ready({wanted!r}, {unwanted!r})")
        return None if found is None else found / 1000

    def ask(self, expression: str) -> Any:
        """The value of an expression in the page, awaited; None where it takes too long."""
        limited = (
            f"Promise.race([{expression}, new Promise((done) => setTimeout(done, {1000 * self._patience}, null))])"
        )
        asked = {"expression": limited, "awaitPromise": True, "returnByValue": True}
        answer = self._session.send("Runtime.evaluate", asked)
        if "exceptionDetails" in answer:
            raise RuntimeError(str(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def take_tasks(self) -> list[float]:
        """Seconds of each task above 50 ms since this was asked last."""
        self.ask("bench.idle()")
        return [task / 1000 for task in self.ask("bench.tasks.splice(0)")]

    def heap(self) -> int:
        """Bytes that its objects take, after a collection."""
        self._session.send("HeapProfiler.collectGarbage")
        return int(self._session.send("Runtime.getHeapUsage")["usedSize"])

    def close(self) -> None:
        self.page.context.close()


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser; raises RuntimeError where there is none."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        raise RuntimeError("there is no Chromium; Debian has one in the package chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()
