"""Parts of benchmarks/service.py: the database, the server, the clients, and Optuna on the same database."""
