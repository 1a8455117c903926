"""Parts of benchmarks/training.py: the same trainings by every side."""
