from collections import Counter
from collections.abc import Iterator

import jax
import pytest
import trainings  # noqa: F401  # compiles fast for tests

COMPILED = "/jax/core/compile/backend_compile_duration"


@pytest.fixture
def compilations() -> Iterator[Counter[str]]:
    """How many programs were compiled by XLA since it was last cleared."""
    found: Counter[str] = Counter()

    def count(event: str, duration: float, **_: object) -> None:
        if event == COMPILED:
            found["backend"] += 1

    jax.monitoring.register_event_duration_secs_listener(count)
    yield found
    jax.monitoring.unregister_event_duration_listener(count)
