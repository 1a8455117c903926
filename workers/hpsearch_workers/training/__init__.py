"""The training engine of the built-in objectives, on JAX: pure functions of (hyperparameters, state, data)."""

from hpsearch_workers.training.run import run

__all__ = ["run"]
