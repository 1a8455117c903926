"""Digests that tell whether a repeated request says the same."""

import json
from hashlib import sha256
from typing import Any


def digest(document: Any) -> str:
    """A digest of a JSON document that does not depend on the order of keys."""
    return sha256(json.dumps(document, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
