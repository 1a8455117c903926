import itertools
import json

from hypothesis import given
from hypothesis import strategies as st

from hpsearch.dataframe import _trials


@given(st.lists(st.dictionaries(st.text(), st.text())), st.lists(st.integers(0, 400)))
def test_items_are_read_wherever_the_pieces_end(items, ends):
    text = "[" + ",\n".join(json.dumps(item, ensure_ascii=False) for item in items) + "]\n"
    places = sorted({0, *(min(end, len(text)) for end in ends), len(text)})
    pieces = [text[start:end] for start, end in itertools.pairwise(places)]
    assert list(_trials(pieces)) == items
