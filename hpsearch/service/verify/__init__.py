"""The checker of a database's accounts: invariants I1 to I4, I6 and I7, by replaying the history against the rows; I5 and I9 by the clients' logs."""

from hpsearch.service.verify.violation import Violation
from hpsearch.service.verify.walk import verify

__all__ = ["Violation", "verify"]
