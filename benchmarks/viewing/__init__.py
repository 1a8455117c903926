"""Parts of benchmarks/dashboard.py: a long study here and in Optuna's tables, and what its readers wait for."""
