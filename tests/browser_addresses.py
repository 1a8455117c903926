"""What the address of a page has: it follows what one does in a moment, so tests wait for it."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page


def expect_address(page: Page, name: str, holds: list[str] | Callable[[list[str]], bool]) -> None:
    """Waits until the values of that name are these, or are as they should be."""
    is_so = holds if callable(holds) else lambda found: found == holds
    page.wait_for_url(lambda url: is_so(parse_qs(urlsplit(url).query).get(name, [])))


def expect_query(page: Page, query: dict[str, list[str]]) -> None:
    """Waits until the whole query is this."""
    page.wait_for_url(lambda url: parse_qs(urlsplit(url).query) == query)
