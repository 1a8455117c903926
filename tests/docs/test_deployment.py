"""docker-compose.yml, the Dockerfiles and the proxy's configuration, as far as they can be checked without Docker."""

import json
import re
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml
from patience import SECONDS

from hpsearch.settings import Settings

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
DOCKERFILES = [ROOT / "api" / "Dockerfile", ROOT / "workers" / "Dockerfile"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
TEXT = {path: path.read_text() for path in [ROOT / "docker-compose.yml", *DOCKERFILES, ROOT / "docs" / "deployment.md"]}


def test_the_compose_file_follows_its_schema():
    command = [
        sys.executable,
        "-m",
        "check_jsonschema",
        "--builtin-schema",
        "vendor.compose-spec",
        "docker-compose.yml",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stdout


def test_every_file_that_the_compose_file_names_exists():
    for service in COMPOSE["services"].values():
        if build := service.get("build"):
            assert (ROOT / build["context"] / build["dockerfile"]).is_file()
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            if source.startswith("./"):
                assert (ROOT / source).exists(), source
            elif not source.startswith("${"):
                assert source in COMPOSE["volumes"]


def test_services_wait_for_services_that_exist_and_are_checked():
    for service in COMPOSE["services"].values():
        for name, how in service.get("depends_on", {}).items():
            needed = COMPOSE["services"][name]
            if how["condition"] == "service_healthy":
                dockerfile = needed.get("build", {}).get("dockerfile")
                checked = "healthcheck" in needed or "HEALTHCHECK" in (ROOT / dockerfile).read_text()
                assert checked, name


def test_every_module_that_is_started_exists():
    modules = {word for text in TEXT.values() for word in re.findall(r'-m[",\s]+(hpsearch[\w.]*)', text)}
    assert modules == {"hpsearch_api", "hpsearch_workers", "hpsearch_migrations"}
    assert [module for module in modules if find_spec(f"{module}.__main__") is None] == []


def test_the_migration_is_a_command_that_is_understood():
    command = [sys.executable, *COMPOSE["services"]["migrate"]["entrypoint"][1:], "--help"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stderr


def test_every_variable_of_ours_is_an_option():
    fields = {f"HPSEARCH_{name.upper()}" for name in Settings.model_fields}
    for path, text in TEXT.items():
        named = set(re.findall(r"\bHPSEARCH_[A-Z_]+\b", text))
        assert named <= fields | {"HPSEARCH_PUBLISH", "HPSEARCH_CONFIG_FILE"}, path


def test_every_option_is_documented():
    page = (ROOT / "docs" / "deployment.md").read_text()
    assert [name for name in Settings.model_fields if f"`HPSEARCH_{name.upper()}`" not in page] == []


@pytest.mark.parametrize("variable", ["POSTGRES_PASSWORD", "HPSEARCH_ADMIN_TOKEN"])
def test_there_are_no_default_secrets(variable):
    text = TEXT[ROOT / "docker-compose.yml"]
    uses = re.findall(rf"\$\{{{variable}[^}}]*\}}", text)
    assert uses
    assert all(use == f"${{{variable}:?run make secrets}}" for use in uses)
    assert f"{variable}=" in (ROOT / "Makefile").read_text()


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.parent.name)
def test_dockerfiles(path):
    lines = re.sub(r"\\\n\s*", "", path.read_text()).splitlines()
    stages = [line for line in lines if line.startswith("FROM ")]
    assert len(stages) == 2
    last = lines[lines.index(stages[-1]) :]
    users = [line.split()[1] for line in last if line.startswith("USER ")]
    assert users
    assert users[-1] != "root"
    for line in lines:
        if line.startswith("COPY ") and "--from" not in line:
            for source in line.split()[1:-1]:
                assert (ROOT / source).exists(), source
        for extras in re.findall(r"\.\[([\w,]+)\]", line):
            assert set(extras.split(",")) <= set(PROJECT["optional-dependencies"])
    entry = json.loads(next(line for line in last if line.startswith("ENTRYPOINT ")).removeprefix("ENTRYPOINT "))
    assert entry[:2] == ["python", "-m"]


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.parent.name)
def test_what_is_copied_into_an_image_is_not_ignored(path):
    kept = [
        line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")
    ]
    for line in path.read_text().splitlines():
        if line.startswith("COPY ") and "--from" not in line:
            assert all(source in kept for source in line.split()[1:-1]), line


def test_the_images_use_the_uv_of_the_makefile_and_hold_all_that_is_packaged():
    version = re.search(r"^UV_VERSION := (\S+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert version
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"][
        "packages"
    ]
    for path in DOCKERFILES:
        assert f"uv=={version[1]}" in path.read_text()
        for package in packages:
            assert f"COPY {package} {package}\n" in path.read_text()


def test_the_proxy_leads_to_the_servers():
    text = (ROOT / "deploy" / "Caddyfile").read_text()
    name, port = re.findall(r"dynamic a (\w+) (\d+)", text)[0]
    assert name in COMPOSE["services"]
    assert f"EXPOSE {port}" in DOCKERFILES[0].read_text()
    listens = re.findall(r"^:(\d+) \{", text, re.MULTILINE)
    assert [str(published).endswith(f":{listens[0]}") for published in COMPOSE["services"]["proxy"]["ports"]] == [True]
    assert COMPOSE["services"]["worker"]["environment"]["HPSEARCH_SERVER"] == f"http://proxy:{listens[0]}"
