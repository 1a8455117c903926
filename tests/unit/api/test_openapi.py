import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from hpsearch.settings import Settings
from hpsearch_api.app import create_app

COMMITTED = Path(__file__).parents[3] / "docs" / "openapi.json"
OPERATION_IDS = {
    *("ask", "report", "tell", "renew"),
    *(
        "create_study",
        "check_study",
        "list_studies",
        "get_study",
        "patch_study",
        "delete_study",
        "enqueue",
        "best",
        "export_study",
        "study_report",
    ),
    *("list_trials", "get_trial", "cancel_trial", "list_reports", "trial_history", "get_artifact"),
    *("trial_curves", "trial_advice"),
    *("create_token", "list_tokens", "revoke_token"),
    *("get_columns", "study_history", "study_events", "events", "importance", "advice", "costs", "compare"),
    *(
        f"{kind}_chart"
        for kind in ("history", "curves", "slice", "contour", "rank", "edf", "pareto", "timeline", "rungs")
    ),
    *("open_test", "record_test", "list_tests", "list_workers", "healthz", "readyz", "metrics"),
}

document = create_app(Settings()).openapi()
operations = {operation["operationId"]: operation for path in document["paths"].values() for operation in path.values()}


def schema_problems(schema, instance):
    validator = Draft202012Validator({**schema, "components": document["components"]})
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(instance)]


def test_the_committed_document_is_this_one():
    assert json.loads(COMMITTED.read_text(encoding="utf-8")) == document, "run `make docs`"


def test_operation_ids_are_stable():
    assert set(operations) == OPERATION_IDS


@pytest.mark.parametrize("name", operations)
def test_operations_are_described(name):
    operation = operations[name]
    assert operation["summary"]
    assert operation["description"]
    assert all(parameter["description"] for parameter in operation.get("parameters", []))


@pytest.mark.parametrize(("name", "schema"), document["components"]["schemas"].items())
def test_every_field_is_described(name, schema):
    assert [field for field, about in schema.get("properties", {}).items() if not about.get("description")] == []
    Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("name", operations)
def test_each_outcome_but_success_is_a_problem(name):
    for status, response in operations[name]["responses"].items():
        assert status[0] == "2" or status == "304" or response["$ref"].startswith("#/components/responses/")


@pytest.mark.parametrize(("name", "response"), document["components"]["responses"].items())
def test_examples_of_problems_are_problems(name, response):
    [(media_type, content)] = response["content"].items()
    assert media_type == "application/problem+json"
    assert ".".join(content["examples"]) == name
    for code, example in content["examples"].items():
        assert example["value"]["code"] == code
        assert schema_problems(content["schema"], example["value"]) == []


@pytest.mark.parametrize("name", operations)
def test_examples_of_requests_and_answers_are_valid(name):
    operation = operations[name]
    if body := operation.get("requestBody"):
        content = body["content"]["application/json"]
        assert content["examples"]
        for example in content["examples"].values():
            assert schema_problems(content["schema"], example["value"]) == []
    for response in operation["responses"].values():
        for media_type, content in response.get("content", {}).items():
            if "example" in content:
                assert schema_problems(content["schema"], content["example"]) == []
            else:
                assert media_type != "application/json" or name in {"healthz", "readyz", "export_study"}


def test_only_health_is_open():
    assert document["security"] == [{"token": []}]
    assert {name for name, operation in operations.items() if operation.get("security") == []} == {"healthz", "readyz"}
