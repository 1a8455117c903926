"""What a page must not do, noted while it does it."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
"""What the browser is started with."""


class Watched:
    """What a page did that it should not: errors, refused by its policy or not caught, and requests to elsewhere."""

    def __init__(self, page: Page, address: str) -> None:
        self.errors: list[str] = []
        self.elsewhere: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._on_console)
        page.on("request", lambda request: self._on_request(request.url, address))

    @staticmethod
    def is_misdeed(message: ConsoleMessage) -> bool:
        """Whether it is an error, but for those of the network: a server that refuses, or is gone, is what some tests are about."""
        return message.type == "error" and not message.text.startswith("Failed to load resource")

    def _on_console(self, message: ConsoleMessage) -> None:
        if self.is_misdeed(message):
            self.errors.append(message.text)

    def _on_request(self, url: str, address: str) -> None:
        if not url.startswith(f"{address}/"):
            self.elsewhere.append(url)


def violations(page: Page) -> list[str]:
    """What axe finds: the rule, and the element that breaks it."""
    found = Axe().run(page)
    return [f"{each['id']}: {node['html'][:200]}" for each in found.response["violations"] for node in each["nodes"]]
