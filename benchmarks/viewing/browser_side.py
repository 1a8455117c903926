"""What someone at a browser waits for on the page of a long study: until it is ready, at the mouse, and while trials are told."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from math import inf
from threading import Event, Thread

from playwright.sync_api import Browser
from serving.server import TOKEN, Server

from viewing.browser import Tab
from viewing.long_search import NAME
from viewing.reader import Changer, Reader
from viewing.server_side import Found, Line

READY = ("main h1", "main .loading")
READY_GOALS = {10_000: 1.5, 100_000: 4.0}
TASK_GOAL = 0.1
SCREEN_GOAL = 1.0
VISITS = 5
EVENTS = 20
"""Trials told a second."""
HELD = 100
"""Trials that are asked for at once to be told: none waits longer than a lease lasts."""
PAUSE = 2.0
"""Seconds between two trials that the screen is watched for."""
HOVERS = 40
FIRST = "overview"
READY_LINE = "ready"
LOAD_LINE = "longest task until then"
UNCHANGING = ("definition",)
SHORT = 20.0
"""Seconds that parts but the first are looked at while trials are told."""


def measure(browser: Browser, server: Server, trials: int, seconds: float) -> Found:
    """All of it on our page: on each of its parts, and the longest on the first while trials are told."""
    tab = Tab(browser, 60.0)
    _sign_in(tab, server)
    parts = _parts(tab, server)
    lines = []
    for part, address in parts.items():
        lines += _visits(tab, server, part, address, READY_GOALS.get(trials))
        lines.append(Line(f"{part}: longest task at the mouse", [_at_the_mouse(tab)], goal=TASK_GOAL))
    first, *others = parts.items()
    for part, address in others:
        lines += _live(tab, server, part, address, SHORT)[0]
    live, memory = _live(tab, server, *first, seconds)
    tab.close()
    return Found([*lines, *live], memory)


def measure_peer(browser: Browser, server: Server, patience: float) -> Found:
    """Of optuna-dashboard's page, on a server that has not read the trials yet, when its first plot shows trials; it is empty before."""
    tab = Tab(browser, patience)
    ready = tab.open(f"{server.address}/dashboard/studies/1", ".js-plotly-plot .point")
    lines = [Line(f"{FIRST}: {READY_LINE}", [inf if ready is None else ready])]
    if ready is not None:
        lines.append(Line(f"{FIRST}: {LOAD_LINE}", [max(tab.take_tasks(), default=0.0)]))
    memory = {"end": tab.heap()}
    tab.close()
    return Found(lines, memory)


def _sign_in(tab: Tab, server: Server) -> None:
    tab.page.goto(f"{server.address}/login")
    tab.page.get_by_label("Token").fill(TOKEN)
    tab.page.get_by_role("button", name="Sign in").click()
    tab.page.wait_for_url(f"{server.address}/")


def _parts(tab: Tab, server: Server) -> dict[str, str]:
    """The addresses of the parts of the study's page that show trials, whichever it has."""
    tab.open(f"{server.address}/studies/{NAME}", *READY)
    found = {}
    for part in tab.page.locator("main [role=tablist]").first.get_by_role("tab").all():
        part.click()
        found[part.inner_text().strip().lower()] = tab.page.url
    return {part: address for part, address in found.items() if part not in UNCHANGING}


def _visits(tab: Tab, server: Server, part: str, address: str, goal: float | None) -> list[Line]:
    """The same page again and again, after a change each time, so that the server has kept nothing of it."""
    changer = Changer(server)
    ready, longest = [], []
    for _ in range(VISITS):
        changer.change()
        ready.append(tab.open(address, *READY) or inf)
        longest.append(max(tab.take_tasks(), default=0.0))
    changer.close()
    return [Line(f"{part}: {READY_LINE}", ready, goal=goal), Line(f"{part}: {LOAD_LINE}", longest)]


def _at_the_mouse(tab: Tab) -> float:
    """The longest task while the mouse goes over each chart, and brushes a part of it; 0 where none took 50 ms."""
    mouse = tab.page.mouse
    for canvas in tab.page.locator("main canvas").all():
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        if box is None or box["width"] < 100:
            continue
        left, top, width, height = box["x"], box["y"], box["width"], box["height"]
        for step in range(HOVERS):
            share = 0.1 + 0.8 * step / HOVERS
            mouse.move(left + share * width, top + (1 - share) * height)
        mouse.move(left + 0.3 * width, top + 0.3 * height)
        mouse.down()
        mouse.move(left + 0.7 * width, top + 0.7 * height, steps=HOVERS)
        mouse.up()
    return max(tab.take_tasks(), default=0.0)


def _live(tab: Tab, server: Server, part: str, address: str, seconds: float) -> tuple[list[Line], dict[str, int]]:
    """While trials are told: the longest tasks, how soon the screen has what was told where it shows the best, the memory before and after."""
    tab.open(address, *READY)
    tab.take_tasks()
    memory = {"start": tab.heap()}
    reader = Reader(server)
    until = time.perf_counter() + seconds
    tasks: list[float] = []
    seen: list[float] = []
    with _telling(server):
        while time.perf_counter() < until:
            best = _best(reader) - 1
            _tell(reader, *_ask(reader, "watcher", 1), best)
            told = time.time()
            if part == FIRST:
                shown = tab.ask(f"bench.shown('[-\u2212]{-best:.0f}(?![0-9])')")
                seen.append(inf if shown is None else max(0.0, shown - told))
            tab.page.wait_for_timeout(1000 * PAUSE)
            tasks += tab.take_tasks()
    reader.close()
    lines = [Line(f"{part}: longest task while {EVENTS} trials/s are told", [max(tasks, default=0.0)], goal=TASK_GOAL)]
    if seen:
        lines.append(Line(f"{part}: from a tell to the screen meanwhile", seen, goal=SCREEN_GOAL))
    return lines, memory | {"end": tab.heap()}


@contextmanager
def _telling(server: Server) -> Iterator[None]:
    """Tells trials in another thread, EVENTS a second."""
    reader, over = Reader(server), Event()
    leases = _ask(reader, "teller", HELD)

    def run() -> None:
        began = time.perf_counter()
        for place in count():
            if over.wait(max(0.0, began + place / EVENTS - time.perf_counter())):
                return
            if not leases:
                leases.extend(_ask(reader, "teller", HELD))
            _tell(reader, leases.pop(), 1.0 + place)

    thread = Thread(target=run)
    thread.start()
    yield
    over.set()
    thread.join()
    reader.close()


def _best(reader: Reader) -> float:
    """The best value, or that below which values are told; a whole number."""
    return min(-100.0, float(json.loads(reader.get(f"/api/v1/studies/{NAME}", keep=True).content)["best_value"]))


def _ask(reader: Reader, worker: str, wanted: int) -> list[str]:
    ask = {"worker": worker, "request_id": f"{worker}-{time.time()}", "count": wanted, "studies": [NAME]}
    leases = [lease["lease"] for lease in reader.post("/ask", ask)["leases"]]
    if not leases:
        raise RuntimeError("there is no trial to be had")
    return leases


def _tell(reader: Reader, lease: str, value: float) -> None:
    reader.post("/tell", {"items": [{"lease": lease, "state": "completed", "values": [value]}]})
