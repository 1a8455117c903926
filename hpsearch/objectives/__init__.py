"""Built-in objectives: their settings, the names they search, and what shapes the program. No jax here."""

from hpsearch.objectives.builtin import BuiltinObjective
from hpsearch.objectives.cnn import CnnSettings
from hpsearch.objectives.mlp import MlpSettings
from hpsearch.objectives.signature import Signature

BUILTIN = {
    objective.name: objective
    for objective in (BuiltinObjective("flax/mlp", MlpSettings), BuiltinObjective("flax/cnn", CnnSettings))
}
"""The built-in objectives by name."""


def get(name: str) -> BuiltinObjective | None:
    """The built-in objective of this name; None for a user's `module:attribute`, or a name that is unknown."""
    return BUILTIN.get(name)


__all__ = ["BUILTIN", "BuiltinObjective", "CnnSettings", "MlpSettings", "Signature", "get"]
