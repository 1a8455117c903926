"""What every refusal of the API is: a problem (RFC 9457) with a code."""

from hpsearch.wire.base import Problem


def check_problem(response, status, code, *fields):
    """It has this status and code, and names these fields among others, each with a message."""
    problem = Problem.model_validate(response.json())
    assert response.headers["content-type"] == "application/problem+json"
    assert (response.status_code, problem.status, problem.code) == (status, status, code), problem
    assert problem.request_id == response.headers["x-request-id"]
    assert problem.title
    assert problem.detail
    assert {found.field for found in problem.fields} >= set(fields), problem.fields
    assert all(found.message for found in problem.fields)
    return problem
