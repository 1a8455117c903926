"""Takes the pictures of docs/screenshots: `python tests/screenshots.py`, in some minutes. Every page in light and dark, of searches that it runs.

It searches on scikit-learn's digits and, where HPSEARCH_DATA has a folder `mnist`, on MNIST; starts a server and a worker in a folder of their
own, waits for the searches to end, and takes the pictures in Debian's Chromium. On the way axe looks at each page; what it finds is written
to docs/results/accessibility.md.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import yaml
from browser_watch import FLAGS, violations
from playwright.sync_api import Browser, Page, expect, sync_playwright
from processes import TOKEN, Processes, wait_until

from hpsearch.client import Client
from hpsearch.study import Study
from hpsearch.validation import parse

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "screenshots"
REPORT = ROOT / "docs" / "results" / "accessibility.md"
SIZE = {"width": 1280, "height": 800}
HOUR = 3600.0
PAGES = {
    "studies": "/",
    "overview": "/studies/digits",
    "analysis": "/studies/digits?tab=analysis",
    "parallel": "/studies/digits?tab=analysis&where=value<0.15",
    "trials": "/studies/digits?tab=trials&trials=3,7",
    "attempts": "/studies/digits-asha?tab=attempts",
    "events": "/studies/digits-asha?tab=events",
    "definition": "/studies/digits?tab=definition",
    "mnist": "/studies/mnist",
    "trial": "/studies/mnist/trials/{best}",
    "compare": "/compare?studies=seed-1,seed-2,seed-3",
    "workers": "/workers",
}
"""What is shown, by the picture's name."""
Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")
PARTS = {"parallel": "Parallel coordinates"}
"""Pictures that show one panel of their page."""


def searches() -> Iterator[Study]:
    """What is searched: the example on digits, larger; with successive halving; with three seeds; and MNIST."""
    digits = yaml.safe_load((ROOT / "examples" / "digits.yaml").read_text(encoding="utf-8"))
    yield parse(Study, digits | {"budget": {"max_trials": 60}, "tags": ["digits", "tpe"]})
    pruner = {"name": "asha", "min_resource": 2, "reduction_factor": 3}
    yield parse(
        Study, digits | {"name": "digits-asha", "pruner": pruner, "budget": {"max_trials": 60}, "tags": ["digits"]}
    )
    for seed in (1, 2, 3):
        sampler = {"name": "random", "seed": seed}
        yield parse(Study, digits | {"name": f"seed-{seed}", "sampler": sampler, "budget": {"max_trials": 16}})
    if (Path(os.environ.get("HPSEARCH_DATA", "")) / "mnist").is_dir():
        yield parse(
            Study,
            {
                "name": "mnist",
                "description": "A multi-layer perceptron on MNIST.",
                "objective": "flax/mlp",
                "direction": "maximize",
                "metric": "val_accuracy",
                "tags": ["mnist"],
                "space": {
                    "learning_rate": {"type": "float", "low": 1e-4, "high": 1e-2, "log": True},
                    "dropout": {"type": "float", "low": 0.0, "high": 0.5},
                    "batch_size": {"type": "categorical", "choices": [128, 256]},
                },
                "sampler": {"name": "tpe", "seed": 3},
                "budget": {"max_trials": 6},
                "settings": {
                    "data": {"name": "idx", "path": "mnist", "validation": {"last": 10_000}},
                    "hidden_units": [128],
                    "max_epochs": 3,
                },
            },
        )


def main() -> None:
    """Searches, then takes the pictures."""
    PICTURES.mkdir(exist_ok=True)
    with TemporaryDirectory(prefix="hpsearch-") as folder, sync_playwright() as playwright:
        processes = Processes(Path(folder))
        processes.environment |= {name: os.environ[name] for name in ("HPSEARCH_DATA",) if name in os.environ}
        try:
            _, address = processes.serve(Path(folder, "hpsearch.db"))
            studies = [study.name for study in _search(processes, address)]
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
            found = {theme: list(_pictures(browser, address, theme, studies)) for theme in THEMES}
        finally:
            processes.close()
    REPORT.write_text("\n".join(_report(found)) + "\n", encoding="utf-8")


def _search(processes: Processes, address: str) -> list[Study]:
    studies = list(searches())
    with Client(address, token=TOKEN) as client:
        for study in studies:
            client.create_study(study)
        worker = processes.work(
            address, "--until-finished", *(part for one in studies for part in ("--study", one.name))
        )
        for study in studies:
            wait_until(lambda name=study.name: client.get_study(name).state == "finished", study.name, HOUR)
            sys.stderr.write(f"{study.name}: best {client.get_study(study.name).best_value}\n")
        worker.wait(HOUR)
    return studies


def _pictures(browser: Browser, address: str, theme: Theme, studies: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Takes each picture, and gives what axe says of its page."""
    context = browser.new_context(base_url=address, viewport=SIZE, color_scheme=theme, reduced_motion="reduce")
    page = context.new_page()
    page.goto("/login")
    page.get_by_label("Token").fill(TOKEN)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{address}/")
    with Client(address, token=TOKEN) as client:
        best = client.get_study("mnist").best_trial if "mnist" in studies else None
    for name, path in PAGES.items():
        if "mnist" in path and "mnist" not in studies:
            continue
        page.goto(path.format(best=best))
        _settle(page)
        shown = page.get_by_role("region", name=PARTS[name], exact=True) if name in PARTS else page
        shown.screenshot(path=PICTURES / f"{name}-{theme}.png")
        yield name, violations(page)
    page.goto("/")
    page.get_by_role("button", name="New study").click()
    _settle(page)
    page.screenshot(path=PICTURES / f"create-{theme}.png")
    yield "create", violations(page)
    context.close()


def _settle(page: Page) -> None:
    """Waits until everything has been read and drawn."""
    page.get_by_role("heading", level=1).first.wait_for()
    expect(page.locator(".skeleton")).to_have_count(0)
    page.wait_for_timeout(1500)  # canvases draw bit by bit


def _report(found: dict[str, list[tuple[str, list[str]]]]) -> Iterator[str]:
    yield "# Accessibility"
    yield ""
    yield "*What axe found on each page of the dashboard: `python tests/screenshots.py` writes this. tests/browser asks it in CI.*"
    yield ""
    yield "| page | light | dark |"
    yield "| --- | --- | --- |"
    for (name, light), (_, dark) in zip(found["light"], found["dark"], strict=True):
        yield f"| {name} | {'; '.join(light) or 'no violation'} | {'; '.join(dark) or 'no violation'} |"


if __name__ == "__main__":
    main()
