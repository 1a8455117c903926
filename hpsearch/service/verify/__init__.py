"""The checker of a database's accounts: invariants I1 to I4, I6 and I7, by replaying the history against the rows."""

from hpsearch.service.verify.violation import Violation
from hpsearch.service.verify.walk import verify

__all__ = ["Violation", "verify"]
