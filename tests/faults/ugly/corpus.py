"""Ugly requests: sound ones from the API's own document, spoiled in one place or several. One seed, one sequence."""

import copy
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any
from urllib.parse import quote

Document = Mapping[str, Any]


class Raw(str):
    """Text that goes into the body as it is, JSON or not."""


DEEP = 10_000
LARGE = 10_000_000

NUMBERS = [
    *(
        Raw(text)
        for text in ("NaN", "Infinity", "-Infinity", "1e400", "-1e400", "1e-400", "0.1e-5000", "-0", "-0.0", "1E+2")
    ),
    *(Raw(text) for text in ("01", "+1", ".5", "1.", "0x10", "1_000", "1e", "--1", "1" * 5000, "1" * 310)),
    *(2**53 - 1, 2**53, 2**53 + 1, 2**31 - 1, 2**31, 2**63, 2**64, 10**400, -1, -(2**53) - 1, -(2**63) - 1),
    *(0, 1, 1.5, 1e308, -1e308, 5e-324, 1e-300, 0.1),
]
TEXTS = [
    *(
        "",
        " ",
        "a\0b",
        "\x1b[2J",
        "a\nb",
        "a\rb",
        "\u202eabc",
        "\u2066abc\u2069",
        "\u200f",
        "\ufeff",
        "\uffff",
        "\U0010ffff",
    ),
    *(
        "NaN",
        "Infinity",
        "null",
        "true",
        "0",
        "-1",
        "1e400",
        "=1+1",
        "@SUM(A1)",
        "'; DROP TABLE trials;--",
        "%00",
        "%s%n",
        "{0}",
    ),
    *(
        "../../etc/passwd",
        "file:///etc/passwd",
        "\\",
        '"',
        "<script>",
        "${jndi:ldap://x}",
        "é",
        "e\u0301",
        "ﬀ",
        "İ",
        "ß",
        "👩‍👩‍👧",
        "٣",
    ),
    *(
        "a" * 101,
        "a" * 1001,
        "a" * 100_000,
        "__proto__",
        "__class__",
        "constructor",
        "a.b.c",
        "a/b",
        ".",
        "..",
        "-a",
        "con",
    ),
    *(
        Raw(text)
        for text in (
            '"\\ud800"',
            '"\\udfff\\ud800"',
            '"\\u0000"',
            '"\\x41"',
            '"\t"',
            "'a'",
            '"a',
            "undefined",
            "None",
            "",
        )
    ),
]
SHAPES = [
    *([], {}, [[]], [None], {"": 1}, {"a": {}}, None, True, False, [1] * 1001, ["a"] * 1001, [{} for _ in range(2000)]),
    {f"k{number}": number for number in range(301)},
    *(Raw("[" * levels + "]" * levels) for levels in (101, 300, 1000, DEEP)),
    *(Raw('{"a":' * levels + "1" + "}" * levels) for levels in (101, 1000, DEEP)),
    *(
        Raw("[" * DEEP),
        Raw('{"a":1,"a":2}'),
        Raw('{"name":"a","name":"b"}'),
        Raw('{"a":1,}'),
        Raw("[1,]"),
        Raw("{1:2}"),
        Raw("// a\n1"),
    ),
]
VALUES = [*NUMBERS, *TEXTS, *SHAPES]

RAW_BODIES: list[bytes] = [
    *(
        b"",
        b" ",
        b"null",
        b"0",
        b'""',
        b"[]",
        b"{}",
        b"\xff\xfe",
        b"\xef\xbb\xbf{}",
        b"\x00",
        b"{}\x00",
        b"{}{}",
        b"\x1f\x8b\x08",
    ),
    *(
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"1" * 100_000,
        b'"' + b"a" * 1_000_000,
        "{}".encode("utf-16"),
        b'"\xed\xa0\x80"',
    ),
    *(b'{"' + b"a" * 2_000_000 + b'":1}', b'{"a":{"' + b"b\xe2\x80\xae" * 500_000 + b'":"\\u0000"}}'),
    *(b'"\xc0\x80"', b"-", b"name=a", b"--b\r\n", b"<?xml version='1.0'?>", b"[" + b"{}," * 100_000 + b"{}]"),
]
HEADERS: list[tuple[bytes, bytes]] = [
    (b"content-type", b"text/plain"), (b"content-type", b"application/json; charset=utf-16"), (b"content-type", b"\xff"),
    (b"content-type", b"multipart/form-data; boundary=b"), (b"content-encoding", b"gzip"), (b"content-length", b"-1"),
    (b"content-length", b"99999999999999999999"), (b"content-length", b"1_0"), (b"accept", b"\xff\xfe"), (b"range", b"bytes=0-"),
    (b"x-request-id", b"a\x1b[2J"), (b"x-request-id", b"a" * 10_000), (b"cookie", b"a=b;" * 1000), (b"expect", b"100-continue"),
    (b"if-none-match", b"*"), (b"x-http-method-override", b"DELETE"), (b"forwarded", b"for=\xff"), (b"transfer-encoding", b"x"),
    (b"authorization", b"Bearer \xff"), (b"authorization", b"Basic Og=="), (b"host", b"evil.example"), (b"origin", b"null"),
]  # fmt: skip
CURSORS = [
    *([None, number] for number in (1, True, None, 1.5, "1", [], 2**31, 2**63, 10**400, -1)),
    *([last, 1] for last in (0.5, True, "NaN", "x", [], {}, 1, 2**53, 2**63, 10**400, -(10**18))),
    *(None, True, 1, "ab", [], [1], [1, 1, 1], {"a": 1, "b": 2}),
]
"""What a list's cursor says when it is unpacked, sound and spoiled."""
CURSORS_SENT = [
    *(
        f"sort={sort}&cursor={urlsafe_b64encode(json.dumps(cursor).encode()).decode().rstrip('=')}"
        for cursor in CURSORS
        for sort in ("number", "-value", "finished_at")
    ),
    *("cursor=true", "cursor=1.true", "cursor=" + "9" * 19, "cursor=%D9%A3", "cursor=%C2%B2", "cursor=1.%D9%A3"),
]
QUERIES = [
    *(
        "limit=0",
        "limit=-1",
        "limit=1e3",
        "limit=" + "9" * 5000,
        "limit=1&limit=2",
        "limit=",
        "cursor=%00",
        "cursor=%FF",
        "cursor=",
    ),
    *(
        "cursor=" + "A" * 900,
        "cursor=W1tb",
        "cursor=-1",
        "cursor=1.1",
        "cursor=" + "9" * 18,
        "where=value%3CNaN",
        "where=value=1e400",
    ),
    *(
        "where=params.x%3E%3D\x00",
        "where=params.__class__=1",
        "where=params.x=" + "1" * 500,
        "sort=value;--",
        "sort=-",
        "state=x",
        "state=",
    ),
    *(
        "format=xlsx",
        "format=json&format=csv",
        "a",
        "=",
        "&&&&",
        "%",
        "%zz",
        "+",
        "where=" + "%F0%9F%98%80" * 300,
        "limit=%D9%A3",
    ),
]
SEGMENTS = [
    *(
        "",
        ".",
        "..",
        "%00",
        "%2e%2e",
        "%2F",
        "%FF",
        "%ED%A0%80",
        "a%20b",
        "%E2%80%AEa",
        "-1",
        "1e3",
        "0x1",
        "9" * 30,
        "9" * 5000,
    ),
    *("%D9%A3", "1.0", "+1", "__proto__", "a" * 3000, "null", "NaN", "%0d%0a", "?", "s;x", "*", "%25", "\\"),
]


REQUEST_IDS = 5_000
NAMES = 200
"""Different sound ones. A server reads all its active studies every few seconds: were there ever more, so would its memory be."""


@dataclass(frozen=True, slots=True)
class Ugly:
    """A request; `chunks` of its body come one after the other, `path` still quoted."""

    operation: str
    method: str
    path: str
    query: str = ""
    headers: tuple[tuple[bytes, bytes], ...] = ()
    chunks: tuple[bytes, ...] = field(default=(), repr=False)

    def __str__(self) -> str:
        body = b"".join(self.chunks)
        return (
            f"{self.method} {self.path[:300]}?{self.query[:300]} {list(self.headers)} {len(body)} bytes: {body[:600]!r}"
        )


class Corpus:
    """`requests` never ends. `fixed`: what stands in the examples for what there really is, such as a lease."""

    def __init__(self, document: Document, seed: int, paths: Mapping[str, list[str]], fixed: Mapping[str, str]) -> None:
        self._random = Random(f"ugly {seed}")
        self._paths = paths
        self._fresh = count()
        self._operations = [
            (operation["operationId"], method.upper(), path, _bodies(operation, fixed))
            for path, operations in document["paths"].items()
            for method, operation in operations.items()
        ]

    def requests(self) -> Iterator[Ugly]:
        """One after the other."""
        while True:
            yield self._request(*self._random.choice(self._operations))

    def _request(self, name: str, method: str, path: str, bodies: list[Any]) -> Ugly:
        random = self._random
        where = random.choices(
            ("body", "raw", "path", "query", "headers", "method", "nothing"), (60 if bodies else 0, 6, 10, 12, 8, 1, 3)
        )[0]
        body = self._body(bodies, spoiled=where == "body") if bodies else b""
        headers = [(b"content-type", b"application/json")] if body else []
        chunks: tuple[bytes, ...] = (body,) if body else ()
        if where == "raw":
            chunks = (random.choice(RAW_BODIES),) if random.random() < 0.97 else (b" " * (LARGE // 10),) * 10
            headers = [(b"content-type", b"application/json")]
        elif where == "headers":
            spoiled = random.sample(HEADERS, random.randint(1, 3))
            headers = [header for header in headers if header[0] not in dict(spoiled)] + spoiled
        if where == "method":
            method = random.choice(["PUT", "PATCH", "TRACE", "OPTIONS", "", "get", "\x00", "A" * 1000])
        query = random.choice(random.choice((QUERIES, QUERIES, CURSORS_SENT))) if where == "query" else ""
        return Ugly(
            name,
            method,
            self._path(path, deletes=method == "DELETE", spoiled=where == "path"),
            query,
            tuple(headers),
            chunks,
        )

    def _path(self, template: str, *, deletes: bool, spoiled: bool) -> str:
        """What is deleted is never one of `paths`: requests to come want to find it."""
        parts = template.split("/")
        places = [place for place, part in enumerate(parts) if part.startswith("{")]
        for place in places:
            known = ["absent"] if deletes else self._paths.get(parts[place][1:-1], ["x"])
            parts[place] = quote(self._random.choice(known))
        if spoiled:
            place = self._random.choice(places or range(1, len(parts)))
            parts[place] = self._random.choice(SEGMENTS)
        return "/".join(parts)

    def _body(self, bodies: list[Any], *, spoiled: bool) -> bytes:
        body = copy.deepcopy(self._random.choice(bodies))
        if isinstance(body, dict):
            for name, different in (("request_id", REQUEST_IDS), ("name", NAMES)):
                if name in body:
                    body[name] = f"{name}-{next(self._fresh) % different}"
        for _ in range(self._random.choice((1, 1, 1, 2, 4)) if spoiled else 0):
            body = self._spoil(body)
        text = _render(body)
        if spoiled and self._random.random() < 0.05:
            cut = self._random.randrange(len(text) + 1)
            text = text[:cut] + self._random.choice(["", "\0", "\\", "{", '"', "\ud800", ",,"]) + text[cut + 1 :]
        return text.encode("utf-8", "surrogatepass")

    def _spoil(self, body: Any) -> Any:
        """The body with another value in one place, a field more, or one less."""
        random = self._random
        parents = list(_containers(body))
        if not parents or random.random() < 0.03:
            return self._value()
        parent = random.choice(parents)
        keys = list(parent) if isinstance(parent, dict) else list(range(len(parent)))
        kind = random.random()
        if kind < 0.75 and keys:
            parent[random.choice(keys)] = self._value()
        elif kind < 0.9 or not keys:
            ugly = random.choice([text for text in TEXTS if not isinstance(text, Raw)])
            if isinstance(parent, dict):
                parent[ugly] = self._value()
            else:
                parent.append(self._value())
        else:
            del parent[random.choice(keys)]
        return body

    def _value(self) -> Any:
        return copy.deepcopy(self._random.choice(VALUES))


def _bodies(operation: Document, fixed: Mapping[str, str]) -> list[Any]:
    """The examples of an operation's body; none that makes the server wait."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    text = json.dumps([example["value"] for example in content.get("examples", {}).values()])
    for example, real in fixed.items():
        text = text.replace(example, real)
    bodies: list[Any] = json.loads(text)
    for body in bodies:
        if "wait_seconds" in body:
            body["wait_seconds"] = 0
    return bodies


def _containers(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        yield value
        for below in list(value.values()) if isinstance(value, dict) else value:
            yield from _containers(below)


def _render(value: Any) -> str:
    """JSON, but for what is raw in it."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(name)}:{_render(below)}" for name, below in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_render, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
