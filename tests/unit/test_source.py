"""What the source of the server must not hold: nothing that turns data into code, and no import by a name from outside."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVER = [
    *sorted((ROOT / "api").rglob("*.py")),
    *sorted((ROOT / "migrations").rglob("*.py")),
    *(
        path
        for path in sorted((ROOT / "hpsearch").rglob("*.py"))
        if path.relative_to(ROOT).parts[1] not in {"cli", "client"}
    ),
]
MODULES = {
    *("pickle", "cPickle", "_pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve", "copyreg"),
    *("importlib", "imp", "runpy", "code", "codeop", "pkgutil", "zipimport", "ctypes", "subprocess", "yaml"),
}
HARMLESS = {"importlib.metadata"}  # reads versions of what is installed
CALLS = {"eval", "exec", "compile", "__import__", "breakpoint"}
ATTRIBUTES = {
    "load_module",
    "exec_module",
    "import_module",
    "system",
    "popen",
    "execv",
    "execve",
    "spawnv",
    "unsafe_load",
    "full_load",
}
WORKER_CODE = {"hpsearch_workers"}


def findings(source):
    """(line, what) of everything that is not wanted."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        else:
            names = []
        yield from (
            (node.lineno, name)
            for name in names
            if name.partition(".")[0] in MODULES | WORKER_CODE and name not in HARMLESS
        )
        if isinstance(node, ast.Name) and node.id in CALLS:
            yield node.lineno, node.id
        if isinstance(node, ast.Attribute) and node.attr in ATTRIBUTES:
            yield node.lineno, node.attr


def test_the_server_is_looked_at():
    assert len(SERVER) > 100
    assert {"writer.py", "app.py", "migrate.py", "study.py", "tpe.py"} <= {path.name for path in SERVER}


@pytest.mark.parametrize("path", SERVER, ids=lambda path: str(path.relative_to(ROOT)))
def test_data_never_becomes_code(path):
    assert list(findings(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "import importlib.util",
        "from importlib import import_module",
        "from yaml import load",
        "from hpsearch_workers.functions import find",
        "eval('1')",
        "x = exec",
        "__import__('os')",
        "compile('1', '', 'eval')",
        "os.system('x')",
        "def f():\n    import cloudpickle",
    ],
)
def test_each_of_them_would_be_found(source):
    assert list(findings(source))
