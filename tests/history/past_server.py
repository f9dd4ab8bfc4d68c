"""A small REST server with a past: real HTTP, pages as a rule says, and faults on request."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

KEY = "4F1C0FFE-5ECR-37KE-Y000-0123456789AB"
BEGIN = datetime(2024, 9, 1, tzinfo=UTC)
Row = dict[str, Any]
ZONES = {"Z": "Z", "none": "", "offset": "+00:00"}


class Reply:
    """What a fault sends instead."""

    def __init__(self, status: int, body: str | bytes = "", headers: Mapping[str, str] | None = None) -> None:
        self.status = status
        self.body = body.encode() if isinstance(body, str) else body
        self.headers = dict(headers or {})


class PastServer:
    """Rows by index id, each with a time.

    `cap`: items at once, whatever the limit. `keeps`: "newest" or "oldest", of those that are too many. `order`:
    "descending", "ascending", or "mixed". `coding`: "", "gzip", "chunked", "gzip chunked". `end_included`: items of
    `time_end`, too. `faults`: by the number of the request, from 1 on; one that returns None does nothing.
    `asked`: so far, as path and parameters. `items_sent`: of all answers.
    """

    def __init__(self, **rows: Sequence[tuple[datetime, Row]]) -> None:
        self.rows = rows
        self.cap = 100_000
        self.keeps = "newest"
        self.order = "descending"
        self.coding = ""
        self.end_included = False
        self.headers: dict[str, str] = {}
        self.faults: dict[int, Callable[[BaseHTTPRequestHandler], Reply | None]] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.keys: list[str | None] = []
        self.items_sent: list[int] = []
        self.url = ""
        self.lock = threading.Lock()

    def reply(self, path: str, query: Mapping[str, str]) -> Reply:
        """Without a fault."""
        if path == "/v1/indexes":
            return Reply(200, json.dumps([{"id": index_id} for index_id in self.rows]))
        rows = self.page(path, query)
        self.items_sent.append(len(rows))
        return Reply(200, f"[{','.join(map(as_json, rows))}]") if rows else Reply(550, '{"error": "No data"}')

    def page(self, path: str, query: Mapping[str, str]) -> list[Row]:
        """The right answer; none is 550."""
        index_id = unquote(path.split("/")[3])
        begin, end = moment(query["time_start"]), moment(query["time_end"])
        found = [
            (at, row)
            for at, row in self.rows.get(index_id, ())
            if begin <= at and (at < end or (at == end and self.end_included))
        ]
        most = min(int(query.get("limit", 100)), self.cap)
        kept = (found[-most:] if self.keeps == "newest" else found[:most]) if most else []
        if self.order == "descending":
            kept.reverse()
        elif self.order == "mixed":
            kept = kept[1::2] + kept[::2]
        return [row for _, row in kept]


class Handler(BaseHTTPRequestHandler):
    """Answers for the `past` of its server."""

    protocol_version = "HTTP/1.1"
    timeout = 20
    wbufsize = -1  # an answer in one piece

    @property
    def past(self) -> PastServer:
        assert isinstance(self.server, PastListener)
        return self.server.past

    def do_GET(self) -> None:
        past, parts = self.past, urlsplit(self.path)
        query = {name: texts[0] for name, texts in parse_qs(parts.query).items()}
        with past.lock:
            past.asked.append((parts.path, query))
            past.keys.append(self.headers.get("X-CoinAPI-Key"))
            fault = past.faults.pop(len(past.asked), None)
        if fault is None:
            self.answer(past.reply(parts.path, query))
        elif (reply := fault(self)) is not None:
            self.answer(reply)

    def answer(self, reply: Reply) -> None:
        """As the server's `coding` has it."""
        body, headers = reply.body, {**self.past.headers, **reply.headers}
        if "gzip" in self.past.coding:
            body, headers["Content-Encoding"] = gzip.compress(body), "gzip"
        is_chunked = "chunked" in self.past.coding
        self.send_response(reply.status)
        self.send_header(*(("Transfer-Encoding", "chunked") if is_chunked else ("Content-Length", str(len(body)))))
        for name, content in headers.items():
            self.send_header(name, content)
        self.end_headers()
        if is_chunked:
            body = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in pieces(body)) + b"0\r\n\r\n"
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *_: object) -> None: ...


class PastListener(ThreadingHTTPServer):
    """Listens on a port of this machine."""

    daemon_threads = True

    def __init__(self, past: PastServer) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.past = past

    def handle_error(self, *_: object) -> None: ...


@contextmanager
def past(server: PastServer) -> Iterator[PastServer]:
    """It answers until the end of the block."""
    with PastListener(server) as listener:
        thread = threading.Thread(target=listener.serve_forever, args=(0.02,))
        thread.start()
        server.url = f"http://127.0.0.1:{listener.server_address[1]}"
        try:
            yield server
        finally:
            listener.shutdown()
            thread.join()


def pieces(body: bytes) -> Iterator[bytes]:
    for begin in range(0, len(body), 1000):
        yield body[begin : begin + 1000]


def as_json(row: Row) -> str:
    """A text that begins with `#` is a number in that very text."""
    fields = (
        f"{json.dumps(name)}: {content[1:] if isinstance(content, str) and content[:1] == '#' else json.dumps(content)}"
        for name, content in row.items()
    )
    return "{" + ", ".join(fields) + "}"


def moment(text: str) -> datetime:
    """With six digits, which datetime holds."""
    return datetime.fromisoformat(text[:26].rstrip("Z")).replace(tzinfo=UTC)


def text_of(at: datetime, zone: str = "Z") -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S") + ZONES[zone]


def value_row(at: datetime, number: str, zone: str = "Z") -> tuple[datetime, Row]:
    row = {"timestamp": text_of(at, zone), "value": f"#{number}", "composition": [{"component_id": "x"}]}
    return at, row


def values(count: int, step_s: float = 1.0, zone: str = "Z") -> list[tuple[datetime, Row]]:
    """From BEGIN on, each `step_s` later than the one before, with a number of its own."""
    at = (BEGIN + timedelta(seconds=int(number * step_s)) for number in range(count))
    return [value_row(each, f"{number}.50", zone) for number, each in enumerate(at)]


def bars(count: int, minutes: int = 1, zone: str = "Z") -> list[tuple[datetime, Row]]:
    """One after the other from BEGIN on."""
    step = timedelta(minutes=minutes)
    found = []
    for number in range(count):
        begin = BEGIN + number * step
        row = {
            "time_period_start": text_of(begin, zone),
            "time_period_end": text_of(begin + step, zone),
            "time_open": text_of(begin, zone),
            "time_close": None,
            "value_open": f"#{number}.10",
            "value_high": f"#{number}.90",
            "value_low": f"#{number}.00",
            "value_close": f"#{number}.5000000000000000000000001",
            "value_count": 60,
        }
        found.append((begin, row))
    return found
