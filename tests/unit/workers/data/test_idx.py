import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from idx_files import idx

from hpsearch_workers.data.idx import IdxError, read_idx

ARRAY = np.arange(2 * 3 * 4).reshape(2, 3, 4)


@given(shape=st.tuples(*[st.integers(1, 5)] * 3), compressed=st.booleans(), seed=st.integers(0, 99))
def test_what_was_written_is_read(tmp_path_factory, shape, compressed, seed):
    array = np.random.default_rng(seed).integers(0, 256, shape)
    path = tmp_path_factory.mktemp("idx") / "file"
    path.write_bytes(gzip.compress(idx(array), mtime=0) if compressed else idx(array))
    np.testing.assert_array_equal(read_idx(path, 3), array)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "magic number 00 00 08 03"),
        (idx(ARRAY, magic=bytes([0, 0, 9, 3])), "got '00 00 09 03'"),
        (idx(ARRAY.reshape(6, 4)), "got '00 00 08 02'"),
        (idx(ARRAY)[:10], "ends within its header"),
        (idx(ARRAY)[:-1], "declares 24 bytes for the dimensions (2, 3, 4), got 23"),
        (idx(ARRAY) + b"x", "declares 24 bytes for the dimensions (2, 3, 4), got more"),
        (bytes([0, 0, 8, 3]) + b"\xff" * 12, "at most"),
        (bytes([0, 0, 8, 3]) + b"\0" * 12, "there must be samples"),
        (gzip.compress(idx(ARRAY), mtime=0)[:-9], "damaged gzip"),
        (gzip.compress(idx(ARRAY), mtime=0)[:12] + b"\0" * 40, "damaged gzip"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path, content, message):
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(IdxError) as caught:
        read_idx(path, 3)
    assert message in str(caught.value)
