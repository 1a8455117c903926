"""The worker: an agent that holds leases, and the processes that train."""
