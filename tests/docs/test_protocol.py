"""docs/protocol.md, replayed against a server."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr

from hpsearch.settings import Settings
from hpsearch_api.app import create_app

PAGE = Path(__file__).parents[2] / "docs" / "protocol.md"
EXCHANGE = re.compile(
    r"```http\n(?P<method>[A-Z]+) (?P<path>\S+)\n(?P<body>.*?)```\s+```json\n(?P<answer>.*?)```", re.DOTALL
)


def exchanges() -> Iterator[tuple[str, str, str, Any]]:
    for found in EXCHANGE.finditer(PAGE.read_text()):
        yield found["method"], found["path"], found["body"], json.loads(found["answer"])


def compare(told: Any, found: Any, tokens: dict[str, str], at: str) -> None:
    """Everything that the page tells is found; a token that it names for the first time stands for what is found there."""
    if isinstance(told, dict):
        for name, part in told.items():
            assert name in found, f"{at}: {name} is missing"
            compare(part, found[name], tokens, f"{at}.{name}")
    elif isinstance(told, list):
        assert len(told) == len(found), f"{at}: {len(found)} items"
        for place, part in enumerate(told):
            compare(part, found[place], tokens, f"{at}.{place}")
    elif isinstance(told, str) and told.startswith("TOKEN-"):
        assert tokens.setdefault(told, found) == found, f"{at}: another token"
    else:
        assert told == found, at


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.mark.anyio
async def test_the_worked_trace(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    app = create_app(Settings(database_url="sqlite:///:memory:", admin_token=SecretStr("token-of-the-test")))
    tokens: dict[str, str] = {}
    steps = 0
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app),
            base_url="http://hpsearch.test/api/v1",
            headers={"Authorization": "Bearer token-of-the-test", "Content-Type": "application/json"},
        ) as client,
    ):
        for method, path, body, told in exchanges():
            content = re.sub("TOKEN-[A-Z]", lambda found: tokens[found[0]], body)
            answer = await client.request(method, path, content=content)
            assert answer.is_success, (path, body, answer.text)
            compare(told, answer.json(), tokens, f"{method} {path} {body[:60]}")
            steps += 1
    assert steps > 10
    assert len(set(tokens.values())) == len(tokens) == 4
