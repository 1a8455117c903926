"""Built-in objectives: their settings, the names they search, and what shapes the program. No jax here."""

from hpsearch.errors import InvalidInput
from hpsearch.objectives.builtin import BuiltinObjective
from hpsearch.objectives.cnn import CnnSettings
from hpsearch.objectives.mlp import MlpSettings
from hpsearch.objectives.signature import Signature
from hpsearch.study import Study
from hpsearch.validation import unknown

BUILTIN = {
    objective.name: objective
    for objective in (BuiltinObjective("flax/mlp", MlpSettings), BuiltinObjective("flax/cnn", CnnSettings))
}
"""The built-in objectives by name."""


def get(name: str) -> BuiltinObjective | None:
    """The built-in objective of this name; None for a user's `module:attribute`, or a name that is unknown."""
    return BUILTIN.get(name)


def check(study: Study) -> None:
    """Checks a study of a built-in objective: raises InvalidInput that names each setting and parameter at fault.

    A user's objective (`module:attribute`) is checked by the first worker that gets a trial of it.
    """
    if ":" in study.objective:
        return
    builtin = get(study.objective)
    if builtin is None:
        raise InvalidInput.at("objective", unknown(study.objective, BUILTIN))
    builtin.check(study)


__all__ = ["BUILTIN", "BuiltinObjective", "CnnSettings", "MlpSettings", "Signature", "check", "get"]
