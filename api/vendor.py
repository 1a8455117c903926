"""Puts the dashboard's third-party modules, as npm installed them, where the server finds them: `python api/vendor.py`, as `make setup` does.

Their versions and digests are those of package-lock.json. They are not committed; the wheel has them, each with its license.
"""

import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
INSTALLED = ROOT / "node_modules"
VENDOR = ROOT / "api" / "hpsearch_api" / "static" / "vendor"
FILES = {
    "preact/preact.js": "preact/dist/preact.mjs",
    "preact/hooks.js": "preact/hooks/dist/hooks.mjs",
    "preact/LICENSE": "preact/LICENSE",
    "htm/htm.js": "htm/dist/htm.module.js",
    "htm/LICENSE": "htm/LICENSE",
    "uplot/uplot.js": "uplot/dist/uPlot.esm.js",
    "uplot/uplot.css": "uplot/dist/uPlot.min.css",
    "uplot/LICENSE": "uplot/LICENSE",
    "js-yaml/js-yaml.js": "js-yaml/dist/browser/js-yaml.esm.min.mjs",
    "js-yaml/LICENSE": "js-yaml/LICENSE",
}
"""Where each file comes from, by where it goes."""


def main() -> None:
    """Replaces the folder by what is installed."""
    missing = [source for source in FILES.values() if not (INSTALLED / source).is_file()]
    if missing:
        sys.exit(f"{', '.join(missing)} not in {INSTALLED.name}; run `make setup`, or npm ci")
    shutil.rmtree(VENDOR, ignore_errors=True)
    for target, source in FILES.items():
        path = VENDOR / target
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(INSTALLED / source, path)


if __name__ == "__main__":
    main()
