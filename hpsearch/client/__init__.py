"""The client: a typed, synchronous, retrying caller of the REST API."""

from hpsearch.client.client import Client
from hpsearch.client.running_trial import RunningTrial
from hpsearch.errors import TrialStopped

__all__ = ["Client", "RunningTrial", "TrialStopped"]
