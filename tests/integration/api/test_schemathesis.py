"""Requests generated from the OpenAPI document: no 5xx, nothing undeclared, malformed ones refused, well-formed ones not.

HPSEARCH_EFFORT multiplies the number of generated requests; 1 is for every change, 20 for a night.
"""

from collections import Counter, defaultdict
from contextlib import asynccontextmanager

import pytest
import schemathesis
from effort import tries
from pydantic import SecretStr
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from schemathesis.python import asgi

from hpsearch.service.waiting import Waiting
from hpsearch.settings import Settings
from hpsearch.study import Study
from hpsearch.wire.studies import StudyPatch
from hpsearch.wire.verbs import Ask, Report, Tell
from hpsearch_api.app import create_app

EFFORT = tries(1)
TOKEN = "an-admin-token-of-the-tests"
CONFIG = {
    "seed": EFFORT,
    "headers": {"Authorization": f"Bearer {TOKEN}"},
    # 422: what the schema allows can still contradict itself, such as low > high
    "checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", "404", "409", "422"]}},
    "generation": {"max-examples": 10 * EFFORT, "deterministic": True, "database": "none"},
    "dictionaries": {
        "studies": {"values": ["running", "finished"]},
        "doomed": {"values": ["doomed"]},
        "over": {"values": ["over"]},
        "numbers": {"values": [0, 1]},
        "artifacts": {"values": ["log"]},
    },
    "parameters": {
        "path.study": {"dictionary": "studies", "probability": 0.7},
        "path.number": {"dictionary": "numbers", "probability": 0.8},
        "path.id": {"dictionary": "numbers", "probability": 0.8},
        "path.name": {"dictionary": "artifacts", "probability": 0.8},
    },
    "operations": [
        {
            "include-operation-id": "delete_study",
            "parameters": {"path.study": {"dictionary": "doomed", "probability": 0.5}},
        },
        {  # a study that nothing else makes active again
            "include-operation-id": ["open_test", "record_test", "list_tests"],
            "parameters": {"path.study": {"dictionary": "over", "probability": 0.7}},
        },
        {  # their 404 can be about the trial that the body names
            "include-operation-id": ["enqueue", "open_test"],
            "checks": {"ensure_resource_availability": {"enabled": False}},
        },
    ],
}


async def fill(service):
    """Something of everything, so that requests find what they ask for."""
    for name in ("running", "finished", "over", "doomed", "seed-1", "seed-2"):  # the last from the document's examples
        space = {"x": {"type": "float", "low": 0, "high": 1}, "y": {"type": "int", "low": 0, "high": 9}}
        definition = {"name": name, "objective": "m:f", "space": space, "sampler": {"name": "random"}}
        await service.create_study(Study.model_validate(definition))
        asked = await service.ask(Ask(worker="w", request_id=name, studies=(name,), count=3))
        items = [{"lease": lease.lease, "step": 1, "value": "NaN"} for lease in asked.leases]
        await service.report(Report.model_validate({"items": items}))
        end = {"lease": asked.leases[0].lease, "state": "completed", "values": [0.5], "artifacts": {"log": ["line"]}}
        await service.tell(Tell.model_validate({"items": [end]}))
    for name in ("finished", "over"):
        await service.patch_study(name, StudyPatch(state="finished"))


@pytest.fixture
def app(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    app = create_app(Settings(database_url="sqlite:///:memory:", admin_token=SecretStr(TOKEN)))
    lifespan = app.router.lifespan_context
    wait = Waiting.wait
    # what is generated may ask to wait for a minute, and the generator's own patience ends sooner
    monkeypatch.setattr(Waiting, "wait", lambda self, event, seconds: wait(self, event, min(seconds, 0.1)))

    @asynccontextmanager
    async def filled(app):
        async with lifespan(app):
            await fill(app.state.service)
            yield

    app.router.lifespan_context = filled
    yield app
    asgi.shutdown_lifespans()


def test_the_api_keeps_its_own_document(app, tables):
    config = SchemathesisConfig.from_dict(CONFIG)
    schema = schemathesis.openapi.from_asgi("/openapi.json", app, config=config, headers=CONFIG["headers"])
    failures, faults, statuses, checks = [], [], defaultdict(Counter), Counter()
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            faults.append(event)
        if isinstance(event, events.ScenarioFinished):
            for interaction in event.recorder.interactions.values():
                answer = interaction.response
                statuses[event.label][answer.status_code if answer else 0] += 1
            for check in (check for found in event.recorder.checks.values() for check in found):
                checks[check.name] += 1
                if check.failure_info:
                    failures.append(f"{check.failure_info.failure}\n{check.failure_info.code_sample}")
    total = sum((counter for counter in statuses.values()), Counter())
    tables.add("schemathesis", {("requests", str(status)): count for status, count in total.items()})

    assert faults == []
    assert failures == [], "\n\n".join(failures)
    assert not total[0], "requests without an answer"
    assert {"not_a_server_error", "response_schema_conformance", "negative_data_rejection", "ignored_auth"} <= set(
        checks
    )
    operations = {f"{method.upper()} {path}" for path, found in schema.raw_schema["paths"].items() for method in found}
    assert operations <= set(statuses)
    unreached = {label for label in operations if not any(200 <= status < 300 for status in statuses[label])}
    assert unreached == set()
