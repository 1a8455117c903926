"""What is drawn for calls to the service: which, with what, how often."""

from functools import wraps

from hypothesis import strategies as st
from hypothesis.stateful import rule
from study_model import LIMITS

ALLOWED = [
    LIMITS,
    {"failed": 1, "expired": 2, "released": 2},
    {"failed": 2, "expired": 1, "released": 1},
    {"failed": 3, "expired": 3, "released": 2},
]
"""What a study allows its trials."""
ENDS = [
    ("completed", None),
    ("completed", None),
    ("completed", "diverged"),  # its value is not a number
    ("malformed", None),
    ("released", None),
    ("failed", "exception"),
    ("failed", "diverged"),
    ("failed", "invalid_parameters"),
    ("failed", "invalid_settings"),
]
places = st.integers(0, 2**16)
steps = st.integers(0, 3)
values = st.sampled_from([0.0, 0.5, 2.0])
ends = st.sampled_from(ENDS)
counts = st.integers(1, 4)
words = st.sampled_from(["pause", *["resume"] * 4, *["budget"] * 2, "finish", "finish", "delete"])
writes = st.one_of(
    st.tuples(st.just("report"), places, steps, values),
    st.tuples(st.just("renew"), places),
    st.tuples(st.just("tell"), places, ends),
)
calls = st.one_of(
    st.tuples(st.just("ask"), counts),
    st.tuples(st.just("ask_again"), places),
    writes,
)


def step(**strategies):
    """A rule that is counted."""

    def decorate(method):
        @wraps(method)
        def counted(self, **arguments):
            self.steps[method.__name__] += 1
            self.taken += 1
            return method(self, **arguments)

        return rule(**strategies)(counted)

    return decorate
