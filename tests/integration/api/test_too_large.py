"""Bodies beyond the limit are not read to their end."""

import json

import pytest
from problems import check_problem

from hpsearch.wire.base import MAX_BODY_BYTES

pytestmark = pytest.mark.anyio

JSON = {"Content-Type": "application/json"}


async def pieces(total, size=1_000_000):
    """A body that comes in pieces, without Content-Length."""
    for _ in range(total // size):
        yield b" " * size


async def test_one_that_says_so(client, nothing_stored):
    body = json.dumps({"description": "x" * 10_000_000}).encode()
    check_problem(await client.post("/studies", content=body, headers=JSON), 413, "body_too_large")


async def test_one_that_comes_in_pieces(client, nothing_stored):
    content = pieces(10_000_000)
    response = await client.post("/studies", content=content, headers=JSON)
    assert "content-length" not in response.request.headers
    check_problem(response, 413, "body_too_large")


async def test_what_is_just_not_too_large_is_read(client, nothing_stored):
    response = await client.post("/studies", content=pieces(MAX_BODY_BYTES), headers=JSON)
    check_problem(response, 422, "invalid_input", "body")


async def test_without_a_token_nothing_is_read(stranger):
    response = await stranger.post("/api/v1/studies", content=pieces(10_000_000), headers=JSON)
    check_problem(response, 401, "unauthorized")
