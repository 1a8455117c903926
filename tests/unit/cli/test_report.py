import pytest
from peer import Answer, problem

from hpsearch.cli.exits import ExitCode

PATH = "/api/v1/studies/s/report"
TEXT = "<!doctype html>\n<title>s \u2013 a study</title>\n"


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_a_report_is_a_file_of_the_studys_name(cli, peer, tmp_path):
    peer.on("GET", PATH, Answer(body=TEXT.encode()))
    assert cli("study", "report", "s").out == "s.html: 0.0 MB\n"
    assert (tmp_path / "s.html").read_text(encoding="utf-8") == TEXT
    cli("study", "report", "s", "-o", "other.html")
    assert (tmp_path / "other.html").read_text(encoding="utf-8") == TEXT


def test_what_fails_leaves_the_earlier_report(cli, peer, tmp_path):
    (tmp_path / "s.html").write_text("earlier")
    peer.on("GET", PATH, problem(404, "study_not_found", "there is no study 's'"))
    result = cli("study", "report", "s")
    assert result.code == ExitCode.NOT_FOUND
    assert "there is no study 's'" in result.err
    assert (tmp_path / "s.html").read_text() == "earlier"
