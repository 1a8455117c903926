import optuna
import pytest

from hpsearch.errors import InvalidInput, StudyNotFound
from hpsearch.optuna import open_study

optuna.logging.set_verbosity(optuna.logging.WARNING)


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'optuna.db'}"


def test_the_only_study_needs_no_name(url):
    optuna.create_study(storage=url, study_name="one")
    assert open_study(url).study_name == "one"
    assert open_study(url, "one").study_name == "one"


def test_several_studies_are_listed(url):
    for name in ("one", "two"):
        optuna.create_study(storage=url, study_name=name)
    with pytest.raises(InvalidInput, match=r"--study: .*one, two"):
        open_study(url)
    with pytest.raises(StudyNotFound, match=r"'three'.*one, two"):
        open_study(url, "three")


def test_a_file_that_is_not_there_is_not_made(url, tmp_path):
    with pytest.raises(InvalidInput, match="URL: there is no file"):
        open_study(url)
    assert list(tmp_path.iterdir()) == []


def test_a_database_of_something_else_is_left_as_it_is(url, tmp_path):
    (tmp_path / "optuna.db").write_bytes(b"")
    with pytest.raises(InvalidInput, match=r"URL: .*database of Optuna's"):
        open_study(url)
    assert (tmp_path / "optuna.db").read_bytes() == b""


@pytest.mark.parametrize("url", ["nothing", "no-such-dialect://host/db", "no-such-dialect://me:secret@host/db"])
def test_an_address_that_is_none_is_told_without_its_password(url):
    with pytest.raises(InvalidInput, match="URL: ") as caught:
        open_study(url)
    assert "secret" not in str(caught.value)
