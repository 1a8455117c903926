"""The databases that tests run on."""

import pytest

KINDS = ("memory", "file", pytest.param("postgres", marks=pytest.mark.postgres))
