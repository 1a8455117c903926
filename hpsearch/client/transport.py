"""One HTTP request to the server: its address and token, its retries, and what came back as a value or as one of our errors."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError

from hpsearch import __version__
from hpsearch.client.journal import Journal
from hpsearch.client.problems import TryAgain, error_of
from hpsearch.errors import InvalidInput, ProtocolError, ServerUnreachable
from hpsearch.wire.base import BASE_PATH

if TYPE_CHECKING:
    import httpx2

Body = TypeVar("Body", bound=BaseModel)
Query = Mapping[str, str | int | list[str]]

CONNECT_SECONDS = 5.0
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class Transport:
    """Requests to one server; may be used by several threads.

    Repeats a request that failed for a passing reason (no connection, 408, 429, 502, 503, 504) with growing, jittered waits, or after
    the server's Retry-After, until `retry_seconds` have passed; 0 tries once.
    """

    def __init__(
        self,
        server: str,
        token: str | None,
        timeout: float,
        retry_seconds: float,
        journal: Journal | None = None,
        network: "httpx2.BaseTransport | None" = None,
    ) -> None:
        """`journal` notes every request, of GETs those that are answered by 5xx; `network` takes the place of sockets."""
        import httpx2

        host = _host(server)
        self.server = server.rstrip("/")
        self.timeout = timeout
        self.retry_seconds = retry_seconds
        self._has_token = token is not None
        self._journal = journal
        headers = {"User-Agent": f"hpsearch/{__version__}", "Accept": "application/json, application/problem+json"}
        if token is not None:
            if not (token.isascii() and token.isprintable()):
                raise InvalidInput.at("token", "must be printable ASCII characters")
            headers["Authorization"] = f"Bearer {token}"
        # A proxy of the environment never leads to this machine itself.
        self._http = httpx2.Client(
            headers=headers,
            timeout=httpx2.Timeout(timeout, connect=min(timeout, CONNECT_SECONDS)),
            trust_env=host not in _LOOPBACK,
            verify=server.lower().startswith("https:"),  # without TLS, its certificates need not be loaded
            transport=network,
        )

    def close(self) -> None:
        """Closes the connections; the transport is not used afterwards."""
        self._http.close()
        if self._journal is not None:
            self._journal.close()

    def send(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        query: Query | None = None,
        repeatable: bool = True,
        wait_seconds: float = 0.0,
        base_path: str = BASE_PATH,
    ) -> "httpx2.Response":
        """The 2xx answer to a request below the base path.

        `repeatable`: a repeat after a lost answer does no harm; without it only a request that never got a connection is sent again.
        `wait_seconds` is what the server may take besides the usual. Raises the error classes of hpsearch.errors.
        """
        import stamina

        def passing(error: Exception) -> bool | float:
            if not isinstance(error, TryAgain) or not (repeatable or error.unsent):
                return False
            if error.retry_after is None:
                return True
            return error.retry_after if error.retry_after <= self.retry_seconds else False

        attempts = stamina.retry_context(
            on=passing, attempts=None if self.retry_seconds > 0 else 1, timeout=self.retry_seconds or None
        )
        try:
            for attempt in attempts:
                with attempt:
                    return self._send_once(method, self.server + base_path + path, body, query, wait_seconds)
        except TryAgain as failed:
            raise failed.error from failed.__cause__
        raise AssertionError("the last attempt returns or raises")

    def get(self, path: str, model: type[Body], query: Query | None = None) -> Body:
        """The parsed answer of a GET."""
        return self.parse(model, self.send("GET", path, query=query))

    def parse(self, model: type[Body], answer: "httpx2.Response") -> Body:
        """An answer as its model; raises ProtocolError where it is not one."""
        return self._parsed(model, answer.content)

    def _parsed(self, model: type[Body], document: bytes | str) -> Body:
        try:
            return model.model_validate_json(document)
        except ValidationError as error:
            found = error.errors(include_url=False)[0]
            place = ".".join(map(str, found["loc"]))
            message = f"{self.server} answered something else than {model.__name__}: {place}: {found['msg']}"
            raise ProtocolError(message) from None

    @contextmanager
    def events(self, path: str, model: type[Body]) -> Iterator[Iterator[Body]]:
        """The data of the server-sent events of a GET as they come; entered when the server has begun to answer, and not repeated."""
        import httpx2

        try:
            with self.stream(path) as response:
                yield (self._parsed(model, event.data) for event in httpx2.EventSource(response))
        except httpx2.SSEError as error:
            raise ProtocolError(f"{self.server} answered no events to {path}: {error}") from None

    @contextmanager
    def stream(self, path: str, query: Query | None = None) -> Iterator["httpx2.Response"]:
        """The answer of a GET, to be read in pieces as they come; not repeated once it began."""
        import httpx2

        try:
            with self._http.stream(
                "GET", self.server + BASE_PATH + path, params=query, timeout=self._timeout(0.0)
            ) as response:
                self._note_failed_read(path, response.status_code)
                if not response.is_success:
                    response.read()
                    raise error_of(response, self.server, has_token=self._has_token)
                yield response
        except TryAgain as failed:
            raise failed.error from None
        except httpx2.SSEError:
            raise
        except httpx2.TransportError as error:
            raise self._unreachable(error) from error

    def _send_once(
        self, method: str, url: str, body: bytes | None, query: Query | None, wait_seconds: float
    ) -> "httpx2.Response":
        import httpx2

        journal = None if method == "GET" else self._journal
        path = url.removeprefix(self.server + BASE_PATH)
        number = journal.sent(method, path, body) if journal else ""
        try:
            response = self._http.request(
                method,
                url,
                content=body,
                params=query,
                headers={} if body is None else {"Content-Type": "application/json"},
                timeout=self._timeout(wait_seconds),
            )
        except UnicodeEncodeError:
            raise InvalidInput("the request has a character that is none (half of a surrogate pair)") from None
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            raise TryAgain(self._unreachable(error), unsent=True) from error
        except httpx2.TransportError as error:
            raise TryAgain(self._unreachable(error)) from error
        if journal:
            journal.answered(number, response.status_code, response.content)
        else:
            self._note_failed_read(path, response.status_code)
        if not response.is_success:
            raise error_of(response, self.server, has_token=self._has_token)
        return response

    def _note_failed_read(self, path: str, status: int) -> None:
        if self._journal is not None and status >= 500:
            self._journal.failed("GET", path, status)

    def _timeout(self, wait_seconds: float) -> "httpx2.Timeout":
        import httpx2

        return httpx2.Timeout(self.timeout + wait_seconds, connect=min(self.timeout, CONNECT_SECONDS))

    def _unreachable(self, error: Exception) -> ServerUnreachable:
        said = str(error) or type(error).__name__
        return ServerUnreachable(f"The server {self.server} cannot be reached: {said}")


def _host(server: str) -> str:
    """The host of a server's address; raises InvalidInput for what is none."""
    import httpx2

    try:
        address = urlsplit(server)
        host = address.hostname or ""
        _ = address.port, httpx2.URL(server), host.encode("idna")  # each raises for what it cannot read
        sound = (
            address.scheme in {"http", "https"} and host and not (address.query or address.fragment or " " in server)
        )
    except (ValueError, httpx2.InvalidURL):
        sound, host = False, ""
    if not sound:
        raise InvalidInput.at("server", f"must be an address such as http://127.0.0.1:8760, got {server!r}")
    return host
