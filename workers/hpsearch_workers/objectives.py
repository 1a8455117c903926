"""Objectives by their names: what is built in, and the user's own code."""

import importlib
from typing import TYPE_CHECKING, Any

from hpsearch.errors import InvalidInput
from hpsearch_workers.objective import Objective

if TYPE_CHECKING:  # needs jax
    from hpsearch_workers.population.network import PopulationObjective


def load_objective(name: str) -> "Objective | PopulationObjective":
    """A built-in objective, or `module:function` with the module looked for in the current folder too.

    Raises InvalidInput where there is none; what the user's module raises goes through.
    """
    module_name, _, path = name.partition(":")
    if not path:
        return _built_in(name)
    found: Any = importlib.import_module(module_name)
    for part in path.split("."):
        if not hasattr(found, part):
            raise InvalidInput.at("objective", f"module {module_name!r} ({found!r:.200}) has no {path!r}")
        found = getattr(found, part)
    if isinstance(found, type) and hasattr(found, "prepare"):
        found = found()
    if not callable(found) and not hasattr(found, "prepare"):
        raise InvalidInput.at("objective", f"{name} is no function but {found!r:.200}, and has no `prepare`")
    if hasattr(found, "prepare") and not hasattr(found, "weights"):
        raise InvalidInput.at(
            "objective", f"{name} has `prepare`, and needs `weights` too: what to keep of a trial's best"
        )
    return found  # type: ignore[no-any-return]  # what it returns is checked with each trial


def _built_in(name: str) -> "PopulationObjective":
    from hpsearch import objectives

    if objectives.get(name) is None:
        known = ", ".join(objectives.BUILTIN)
        raise InvalidInput.at("objective", f"{name!r} is neither built in ({known}) nor module:function")
    from hpsearch_workers.training import FlaxObjective

    return FlaxObjective()
