"""The built-in objectives on JAX: their networks and data, as the population engine takes them."""

from hpsearch_workers.training.objective import FlaxObjective

__all__ = ["FlaxObjective"]
