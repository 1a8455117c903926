import json

import pytest

from hpsearch import errors
from hpsearch.wire.base import Problem
from hpsearch_api import problems

EXPECTED = {
    "invalid_input": 422,
    "invalid_settings": 422,
    "study_not_found": 404,
    "trial_not_found": 404,
    "artifact_not_found": 404,
    "study_exists": 409,
    "study_over": 409,
    "budget_exhausted": 409,
    "budget_below_use": 409,
    "request_id_reused": 409,
    "trial_final": 409,
    "study_not_finished": 409,
    "unauthorized": 401,
    "body_too_large": 413,
    "database_unavailable": 503,
    "internal_error": 500,
}


@pytest.mark.parametrize(("code", "status"), EXPECTED.items())
def test_each_error_has_its_status(code, status):
    assert problems.status_of(errors.BY_CODE[code]) == status


@pytest.mark.parametrize("kind", errors.BY_CODE.values(), ids=errors.BY_CODE)
def test_every_error_can_be_answered(kind):
    response = problems.answer({"type": "http", "state": {"request_id": "r-1"}}, kind("what happened"))
    problem = Problem.model_validate_json(response.body)
    assert response.media_type == "application/problem+json"
    assert problem.status == response.status_code >= 400
    assert (problem.code, problem.detail, problem.request_id) == (kind.code, "what happened", "r-1")
    assert problem.title
    assert "\n" not in problem.title


def test_fields_are_carried():
    error = errors.InvalidInput.at("space.lr.low", "must be at most high")
    problem = json.loads(problems.answer({}, error).body)
    assert problem["fields"] == [{"field": "space.lr.low", "message": "must be at most high"}]
    assert problem["request_id"] is None


def test_headers_that_clients_act_upon():
    assert problems.answer({}, errors.Unauthorized()).headers["www-authenticate"] == 'Bearer realm="hpsearch"'
    assert problems.answer({}, errors.DatabaseUnavailable()).headers["retry-after"] == "1"


def test_a_fault_of_ours_tells_nothing_of_itself():
    problem = json.loads(problems.internal({}).body)
    assert problem["code"] == "internal_error"
    assert problem["detail"] == errors.InternalError.__doc__
