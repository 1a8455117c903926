"""A real server process: how it starts, refuses to start, and ends."""

import json
import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import time

import httpx2
import pytest
from patience import SECONDS

from hpsearch.errors import InvalidInput
from hpsearch.settings import Settings
from hpsearch_api import server
from hpsearch_api.__main__ import main

TOKEN = "an-admin-token-of-the-tests"
STUDY = {"name": "s", "objective": "m:f", "space": {"x": {"type": "float", "low": 0, "high": 1}}}


class Server:
    """`python -m hpsearch_api` in a folder of its own."""

    def __init__(self, folder, database, *options, terminal=None):
        self.ready_file = folder / "ready.json"
        self.stderr = folder / "stderr"
        command = [sys.executable, "-m", "hpsearch_api", "--port", "0", "--ready-file", str(self.ready_file)]
        environment = {**os.environ, "HPSEARCH_ADMIN_TOKEN": TOKEN, "XDG_CONFIG_HOME": str(folder)}
        with self.stderr.open("w") as stderr:
            options = [*options, "--database-url", f"sqlite:///{database}"]
            self.process = subprocess.Popen([*command, *options], stderr=terminal or stderr, env=environment)

    def wait_until_ready(self):
        self.wait_for(lambda: self.ready_file.exists() or self.process.poll() is not None)
        assert self.process.poll() is None, self.stderr.read_text()
        self.ready = json.loads(self.ready_file.read_text())
        self.address = self.ready["address"]
        self.port = int(self.address.rpartition(":")[2])
        return self

    @staticmethod
    def wait_for(happened):
        deadline = time.monotonic() + SECONDS
        while not happened():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def client(self):
        headers = {"Authorization": f"Bearer {TOKEN}"}
        return httpx2.Client(base_url=f"{self.address}/api/v1", headers=headers, timeout=SECONDS)

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), SECONDS)

    def refuses(self):
        try:
            self.connect().close()
        except ConnectionRefusedError:
            return True
        return False

    def logged(self):
        lines = self.stderr.read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def answered(self, path):
        return [line["status"] for line in self.logged() if line.get("path") == path]


@pytest.fixture
def start(tmp_path):
    """Starts servers on one database; none outlives the test."""
    started = []

    def start(name, *options, terminal=None):
        folder = tmp_path / name
        folder.mkdir()
        started.append(Server(folder, tmp_path / "test.db", *options, terminal=terminal))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.wait()


@pytest.fixture
def running(start):
    return start("first").wait_until_ready()


def head(path, length, *more):
    lines = [f"POST /api/v1/{path} HTTP/1.1", "Host: x", f"Authorization: Bearer {TOKEN}", *more]
    return "\r\n".join([*lines, "Content-Type: application/json", f"Content-Length: {length}", "", ""]).encode()


def read_status(connection):
    with connection.makefile("rb") as answer:
        return int(answer.readline().split()[1])


def test_a_life(running, tmp_path):
    assert running.ready["pid"] == running.process.pid
    assert running.ready["database"] == f"sqlite:///{tmp_path / 'test.db'}"
    body = json.dumps(STUDY).encode()
    asked = json.dumps({"worker": "w", "request_id": "r", "wait_seconds": 60}).encode()

    with running.client() as client:
        for _ in range(2):  # the second on the connection of the first
            assert client.head(f"{running.address}/healthz").status_code == 200
        assert client.get(f"{running.address}/readyz").json() == {"status": "ok"}
        too_large = (b" " * 1_000_000 for _ in range(20))
        response = client.post("/studies", content=too_large, headers={"Content-Type": "application/json"})
        assert (response.status_code, response.json()["code"]) == (413, "body_too_large")

    # A client that goes away ends its long poll.
    with running.connect() as connection:
        connection.sendall(head("ask", len(asked)) + asked)
    running.wait_for(lambda: running.answered("/api/v1/ask"))
    assert running.answered("/api/v1/ask") == [499]

    # SIGTERM: a request whose body is half here and a long poll are both answered, and nobody else is let in.
    with running.connect() as half, running.connect() as poll:
        half.sendall(head("studies", len(body), "Expect: 100-continue"))
        assert read_status(half) == 100  # it is in flight: the server waits for its body
        poll.sendall(head("ask", len(asked), "Expect: 100-continue"))
        assert read_status(poll) == 100
        poll.sendall(asked)
        running.process.send_signal(signal.SIGTERM)
        running.wait_for(running.refuses)
        assert read_status(poll) == 200
        half.sendall(body)
        assert read_status(half) == 201
    assert running.process.wait(SECONDS) == 0
    assert not running.ready_file.exists()

    text = running.stderr.read_text()
    assert text.startswith(f"hpsearch serves {running.address} from sqlite:///")
    assert TOKEN not in text
    assert "login" not in text  # a file is no terminal: no link to sign in by is left there
    assert {line["level"] for line in running.logged()} == {"info"}
    assert all(re.fullmatch("[0-9a-f]{32}", line["request_id"]) for line in running.logged() if "ms" in line)


def test_on_a_terminal_it_prints_a_link_that_signs_in_once(start):
    ours, theirs = pty.openpty()
    try:
        running = start("first", terminal=theirs).wait_until_ready()
        said = b""
        while b"\n" not in said.partition(b"Signs in once, within 5 minutes: ")[2]:
            said += os.read(ours, 4096)
        link = re.search(rb"Signs in once, within 5 minutes: (\S+)", said)[1].decode()
        assert link.startswith(f"{running.address}/login?code=")
        assert running.ready["link"] == link
        assert running.ready_file.stat().st_mode & 0o077 == 0
        with httpx2.Client(base_url=running.address, timeout=SECONDS) as browser:
            assert browser.get("/").status_code == 401
            form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]+)"', browser.get(link).text))
            headers = {"Origin": running.address}  # as browsers send it
            answer = browser.post("/login", data=form, headers=headers)
            assert (answer.status_code, answer.headers["location"]) == (303, "/")
            assert "<strong>admin</strong>" in browser.get("/").text  # the cookie is in the jar
            created = browser.post("/api/v1/studies", json=STUDY, headers={**headers, "X-Hpsearch": "1"})
            assert created.status_code == 201
            assert browser.post("/login", data=form, headers=headers).status_code == 401
            assert browser.post("/login", data={"sign_out": "1"}, headers=headers).status_code == 303
            assert browser.get("/").status_code == 401
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(SECONDS) == 0
        while select.select([ours], [], [], 0)[0]:
            said += os.read(ours, 4096)
        assert said.count(form["code"].encode()) == 1  # printed, and in no line of the log
    finally:
        os.close(ours)
        os.close(theirs)


def test_sigint_is_told_from_sigterm_and_the_database_is_held_until_then(running, start):
    second = start("second", "--log-format", "console")
    assert second.process.wait(SECONDS) == 4
    assert second.stderr.read_text().startswith("hpsearch: ")
    assert not second.ready_file.exists()
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(SECONDS) == 130


def test_an_address_that_is_taken(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        database = tmp_path / "test.db"
        with pytest.raises(InvalidInput, match="Address already in use") as caught:
            server.run(Settings(port=port, database_url=f"sqlite:///{database}"))
    assert [found.field for found in caught.value.fields] == ["port"]
    assert not database.exists()


def test_an_address_that_is_none():
    with pytest.raises(InvalidInput, match="no address of this machine"):
        server.run(Settings(host="no.such.host.invalid"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--port", "70000"], "port: must be less than or equal to 65535"),
        (["--port", "http"], "port: must be a valid integer"),
        (["--log-format", "xml"], "log_format: must be 'json' or 'console'"),
        (
            ["--port", "0", "--database-url", "mysql://x"],
            "database_url: must begin with sqlite:// or postgresql://, got",
        ),
        (["--port", "0", "--database-url", "postgresql://u:p@h:port/db"], "database_url: must be sqlite:///PATH or"),
        (["--port", "0", "--database-url", "secret"], "database_url: must be sqlite:///PATH or"),
        (["--port", "0", "--database-url", "sqlite+aiosqlite:///x"], "got sqlite+aiosqlite"),
        (["--port", "0", "--database-url", "postgresql+asyncpg://x"], "got postgresql+asyncpg"),
    ],
)
def test_bad_options(arguments, said, capfd):
    assert main(arguments) == 2
    error = capfd.readouterr().err
    assert said in error
    assert "secret" not in error


def test_an_unknown_option():
    with pytest.raises(SystemExit) as caught:
        main(["--colour"])
    assert caught.value.code == 2


def test_it_does_not_listen_beyond_loopback_without_a_token(tmp_path, monkeypatch, capfd):
    for variable in ("HPSEARCH_ADMIN_TOKEN", "HPSEARCH_ADMIN_TOKEN_FILE"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    options = ["--host", "0.0.0.0", "--port", "0", "--database-url", f"sqlite:///{tmp_path / 'test.db'}"]
    assert main(options) == 2
    assert "host: others can reach 0.0.0.0" in capfd.readouterr().err
    assert not (tmp_path / "config").exists()
