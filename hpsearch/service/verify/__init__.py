"""The checker of a database's accounts.

Invariants I1 to I4, I6 and I7 by carrying out the history again and comparing it with the rows; I5 and I9 by the clients' logs; I8 by
the study's space and seed, and by suggesting again.
"""

from hpsearch.service.verify.violation import Violation
from hpsearch.service.verify.walk import verify

__all__ = ["Violation", "verify"]
