import pytest

from hpsearch.client.running import host_name
from hpsearch.errors import Conflict, InvalidInput
from hpsearch_workers.agent.names import open_spool


def test_a_worker_without_a_name_finds_its_spool_again(tmp_path):
    with open_spool(tmp_path, None) as first:
        assert first.folder.name == f"{host_name()}-1"
        with open_spool(tmp_path, None) as second:
            assert second.folder.name == f"{host_name()}-2"
    with open_spool(tmp_path, None) as again:
        assert again.folder == first.folder


def test_a_name_in_use_is_a_conflict(tmp_path):
    with open_spool(tmp_path, "gpu-7.0"), pytest.raises(Conflict, match=r"gpu-7\.0 is running already"):
        open_spool(tmp_path, "gpu-7.0")


@pytest.mark.parametrize("name", ["", "a/b", "..", "ü", "x" * 101])
def test_what_is_no_name_is_refused(tmp_path, name):
    with pytest.raises(InvalidInput, match="name: must match"):
        open_spool(tmp_path, name)


def test_a_folder_that_cannot_be_used_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInput, match=r"spool: .*file cannot be used"):
        open_spool(tmp_path / "file", "w")
