"""Third-party modules of the dashboard: locked, licensed, where the import map says, and in no commit."""

import json
import re
import runpy
import subprocess
from pathlib import Path

from hpsearch_api.dashboard import IMPORTS
from hpsearch_api.files import FILES

ROOT = Path(__file__).parents[3]
VENDOR = runpy.run_path(str(ROOT / "api" / "vendor.py"))["FILES"]
LOCK = json.loads((ROOT / "package-lock.json").read_text())
DIRECT = json.loads((ROOT / "package.json").read_text())


def test_what_is_imported_is_put_in_its_place():
    targets = {f"/static/vendor/{target}" for target in VENDOR}
    assert set(IMPORTS.values()) <= targets
    assert set(IMPORTS.values()) <= FILES.keys(), "run `make setup`"


def test_each_module_has_its_license_beside_it():
    assert {target.split("/")[0] for target in VENDOR if target.endswith("LICENSE")} == set(DIRECT["dependencies"])


def test_versions_are_exact_and_digests_are_kept():
    versions = {**DIRECT["dependencies"], **DIRECT["devDependencies"]}
    assert set(DIRECT["devDependencies"]) == {"typescript"}
    for name, version in versions.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
        assert LOCK["packages"][f"node_modules/{name}"]["version"] == version
    for name, package in LOCK["packages"].items():
        assert not name or package["integrity"].startswith("sha512-")
        assert "resolved" not in package


IMPORT = r'(?m)(?:^import\b[^;"]*?|\bimport\(\s*)"([^./"][^"]*)"'


def test_no_module_of_ours_imports_by_another_name():
    bare = set()
    for path in (ROOT / "api" / "hpsearch_api" / "static").rglob("*.js"):
        if "vendor" not in path.parts:
            bare |= set(re.findall(IMPORT, path.read_text()))
    assert bare <= IMPORTS.keys()
    assert "preact" in bare


def test_nothing_of_others_is_committed():
    command = ["git", "ls-files", "*vendor/*", "node_modules"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert listed.stdout == ""
