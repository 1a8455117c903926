"""Parts of benchmarks/training.py: our side, and Optuna with the usual Flax loop, on the same configurations."""
