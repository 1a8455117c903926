"""Long lists as several request bodies, each within the limits of the protocol."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from pydantic import BaseModel
from pydantic_core import PydanticSerializationError, to_json

from hpsearch.errors import InvalidInput
from hpsearch.wire.base import MAX_BODY_BYTES, MAX_ITEMS


def bodies(
    items: Sequence[BaseModel], max_items: int = MAX_ITEMS, max_bytes: int = MAX_BODY_BYTES
) -> Iterator[tuple[int, bytes]]:
    """Bodies `{"items": [...]}` that hold all items in order, with the number of items in each.

    An item that is above `max_bytes` alone gets a body of its own; the server refuses it.
    """
    opening, closing = b'{"items":[', b"]}"
    batch: list[bytes] = []
    size = 0
    for item in items:
        encoded = item.model_dump_json(exclude_defaults=True).encode()
        grown = size + len(encoded) + 1  # the comma
        if batch and (len(batch) == max_items or grown + len(opening) + len(closing) > max_bytes):
            yield len(batch), opening + b",".join(batch) + closing
            batch, grown = [], len(encoded) + 1
        batch.append(encoded)
        size = grown
    if batch:
        yield len(batch), opening + b",".join(batch) + closing


def body_of(model: BaseModel) -> bytes:
    """A request as JSON, what was not given left out; raises InvalidInput for what JSON cannot say."""
    with _refused():
        return model.model_dump_json(exclude_unset=True).encode()


def body_of_document(document: object) -> bytes:
    """A model with its defaults, or decoded YAML, as JSON; raises InvalidInput for what JSON cannot say."""
    with _refused():
        return to_json(document, inf_nan_mode="strings")


@contextmanager
def _refused() -> Iterator[None]:
    """What JSON cannot say, such as half of a surrogate pair, as our error."""
    try:
        yield
    except PydanticSerializationError as error:
        raise InvalidInput(f"cannot be written as JSON: {error}") from None
