"""What this process has served, counted for Prometheus, and what its database holds."""

from collections.abc import Mapping
from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hpsearch.storage.totals import Totals

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0)


class Metrics:
    """The numbers of one application. Labels come from the routes, never from what callers send."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._requests = Counter(
            "hpsearch_requests",
            "Requests answered, by path template.",
            ["method", "path", "status"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "hpsearch_request_seconds",
            "From a request to the end of its answer; an ask may wait for work.",
            ["path"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._studies = Gauge("hpsearch_studies", "Studies by state.", ["state"], registry=self._registry)
        self._trials = Gauge("hpsearch_trials", "Trials by state.", ["state"], registry=self._registry)
        self._leases = Gauge("hpsearch_open_leases", "Leases that workers hold.", registry=self._registry)

    def answered(self, method: str, path: str | None, status: int, seconds: float) -> None:
        """Counts a request; `path` is its template, None where no route has it."""
        known = path or "none"
        self._requests.labels(method if method in _METHODS else "other", known, str(status)).inc()
        self._seconds.labels(known).observe(seconds)

    def render(self, totals: Totals) -> bytes:
        """The text that Prometheus reads."""
        _set(self._studies, totals.studies)
        _set(self._trials, totals.trials)
        self._leases.set(totals.open_leases)
        return generate_latest(self._registry)


def _set(gauge: Gauge, by_state: Mapping[str, int]) -> None:
    for state, count in by_state.items():
        gauge.labels(state).set(count)


class Measure:
    """ASGI middleware that counts every answer; the outermost, so that it sees what others make of failures."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request; one that is never answered, as its client went away, is not counted."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status = 0

        async def send_and_note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        method, began = scope["method"], perf_counter()
        try:
            await self.app(scope, receive, send_and_note)
        finally:
            if status:
                path = getattr(scope.get("route"), "path", None)
                self._metrics.answered(method, path, status, perf_counter() - began)
