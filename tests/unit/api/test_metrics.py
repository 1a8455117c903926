import pytest
from prometheus_client.parser import text_string_to_metric_families as parse

from hpsearch.storage.totals import Totals
from hpsearch_api.metrics import Measure, Metrics

pytestmark = pytest.mark.anyio
TOTALS = Totals(studies={"active": 2}, trials={"running": 3, "failed": 0}, open_leases=3)


def samples(metrics):
    text = metrics.render(TOTALS).decode()
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in parse(text)
        for sample in family.samples
    }


async def answer(metrics, status, method="GET", path=None):
    async def app(scope, receive, send):
        if path:
            scope["route"] = type("Route", (), {"path": path})
        if status:
            await send({"type": "http.response.start", "status": status})

    async def send(message):
        pass

    await Measure(app, metrics)({"type": "http", "method": method, "path": "/secret"}, None, send)


async def test_answers_are_counted_by_template():
    metrics = Metrics()
    for _ in range(2):
        await answer(metrics, 200, path="/studies/{study}")
    await answer(metrics, 404)
    await answer(metrics, 0)  # nobody was there to read it
    await answer(metrics, 405, method="BREW")
    found = samples(metrics)
    assert found["hpsearch_requests_total", "/studies/{study}", "200", "GET"] == 2
    assert found["hpsearch_requests_total", "404", "GET", "none"] == 1
    assert found["hpsearch_requests_total", "405", "none", "other"] == 1
    assert sum(value for name, value in found.items() if name[0] == "hpsearch_requests_total") == 4
    assert found["hpsearch_request_seconds_count", "/studies/{study}"] == 2
    assert "secret" not in metrics.render(TOTALS).decode()


def test_totals_are_shown():
    found = samples(Metrics())
    assert found["hpsearch_studies", "active"] == 2
    assert found["hpsearch_trials", "running"] == 3
    assert found["hpsearch_trials", "failed"] == 0
    assert found["hpsearch_open_leases",] == 3
