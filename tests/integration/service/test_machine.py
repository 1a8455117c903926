"""Any sequence of calls, with faults between them: the service does what the model does, and its tables keep the invariants.

A pass means: after every step the states of study and trials, and every answer, were the model's. 10,000 steps in CI, of them 1,000 on
PostgreSQL and 1,000 on SQLite in a file that each restart opens anew; `HPSEARCH_EFFORT=50` makes 500,000.
"""

from collections import Counter

import pytest
from databases import Files
from effort import seconds, tries
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from study_machine import RULES, Machine

STEPS = 100
"""Of one example."""
EXAMPLES = {"memory": 85, "reopened": 15, "postgres": 15}


@pytest.fixture(scope="session")
def reopened_shelf():
    files = Files()
    yield files
    files.close()


@pytest.mark.parametrize("kind", ["memory", "reopened", pytest.param("postgres", marks=pytest.mark.postgres)])
@pytest.mark.timeout(seconds(900))
def test_the_service_does_what_the_model_does(kind, request, tables):
    shelf = request.getfixturevalue(f"{kind}_shelf")
    machine = type(f"On{kind.title()}", (Machine,), {"shelf": shelf, "steps": Counter()})
    try:
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=tries(EXAMPLES[kind]),
                stateful_step_count=STEPS,
                suppress_health_check=list(HealthCheck),
                database=None,
                print_blob=True,
            ),
        )
    finally:
        total = sum(machine.steps[name] for name in RULES)
        counts = {(name.replace("_", " "), kind): number for name, number in machine.steps.items()}
        tables.add("service against the model", counts)
        machine.steps.pop("examples")
    assert set(machine.steps) >= RULES or total < 5_000
