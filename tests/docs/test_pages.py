"""The documentation against the code: generated pages, commands, links, study files."""

import re
import runpy
import shlex
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from hpsearch.cli.main import app
from hpsearch.cli.study_file import load_study

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)#\s]+)(#[^)\s]+)?\)")
BLOCK = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)
INLINE = re.compile(r"`(hpsearch [^`]+)`")


def ids(page: Path) -> str:
    return str(page.relative_to(ROOT))


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def commands(page: Path) -> list[str]:
    """Every `hpsearch ...` of a page: in shell blocks (after `$ ` where output is shown too) and between backticks."""
    found = [] if page.name == "cli.md" else INLINE.findall(page.read_text())
    for language, block in BLOCK.findall(page.read_text()):
        if language in {"bash", "console"}:
            lines = block.replace("\\\n", " ").splitlines()
            found += [line.removeprefix("$ ") for line in lines if line.removeprefix("$ ").startswith("hpsearch ")]
    return found


def test_generated_pages_are_up_to_date():
    generate = runpy.run_path(str(ROOT / "docs" / "generate.py"))
    stale = [name for name, text in generate["pages"]().items() if (ROOT / "docs" / name).read_text() != text]
    assert stale == [], "run `make docs`"


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_links_lead_somewhere(page):
    for target, anchor in LINK.findall(page.read_text()):
        if "://" in target:
            continue
        path = (page.parent / target).resolve()
        assert path.exists(), f"{target} of {ids(page)}"
        assert not anchor or anchor[1:] in anchors(path), f"{target}{anchor} of {ids(page)}"


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_commands_are_understood(page):
    for command in commands(page):
        words = shlex.split(command, comments=True)[1:]
        words = words[: next((place for place, word in enumerate(words) if word in {"|", ">", "&&", "&"}), len(words))]
        node = get_command(app)
        while words and not words[0].startswith("-") and words[0] in getattr(node, "commands", {}):
            node = node.commands[words.pop(0)]
        assert not getattr(node, "commands", {}) or not words or words[0].startswith("-"), f"{command} of {ids(page)}"
        options = {name for parameter in node.params for name in (*parameter.opts, *parameter.secondary_opts)}
        named = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
        assert named <= options | {"--help", "-h"}, f"{command} of {ids(page)}"


def test_every_page_of_the_documentation_is_listed():
    for index, folder in (
        (ROOT / "docs" / "README.md", "docs"),
        (ROOT / "docs" / "decisions" / "README.md", "docs/decisions"),
    ):
        listed = {target for target, _ in LINK.findall(index.read_text())}
        assert {page.name for page in (ROOT / folder).glob("*.md")} - {"README.md"} <= listed


def test_decisions_fit_a_screen():
    for page in (ROOT / "docs" / "decisions").glob("0*.md"):
        text = page.read_text()
        assert len(text.splitlines()) <= 40, page
        assert all(part in text for part in ("**Context.**", "**Decision.**", "**Consequences.**")), page


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_study_files_in_the_documentation_are_valid(page, tmp_path):
    for language, block in BLOCK.findall(page.read_text()):
        if language == "yaml" and isinstance(found := yaml.safe_load(block), dict) and "objective" in found:
            path = tmp_path / "study.yaml"
            path.write_text(block)
            assert load_study(path).name


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.yaml")), ids=ids)
def test_example_studies_are_valid(path):
    assert load_study(path).name
