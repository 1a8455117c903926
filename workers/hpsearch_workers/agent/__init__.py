"""The supervisor: holds leases, talks to the server, and watches the processes that train. Imports no jax."""
