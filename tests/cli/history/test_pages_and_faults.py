"""The past of a real server: pages, the forms that answers come in, and what goes wrong on the way."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Sequence
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from tests.harness import Ended, run_here
from tests.history.past_server import (
    BEGIN,
    KEY,
    PastServer,
    Reply,
    Row,
    as_json,
    bars,
    past,
    text_of,
    value_row,
    values,
)

ID, OTHER = "IDX_REFRATE_PRIMKT_BTC_USD", "IDX_REFRATE_VWAP_BTC"
HOUR = ("--since", "2024-09-01", "--until", "2024-09-01T01:00:00Z")
HEAD = "time_coinapi,index_id,value,source"


def get(server: PastServer, *arguments: str, ids: Sequence[str] = (ID,)) -> Ended:
    return run_here("history", *ids, "--rest-url", server.url, "--api-key", KEY, *arguments)


def rows_of(numbers: Sequence[int]) -> list[str]:
    return [f"{text_of(BEGIN + timedelta(seconds=n))[:-1]}.0000000Z,{ID},{n}.50,rest" for n in numbers]


@pytest.mark.parametrize("zone", ["Z", "none", "offset"])
@pytest.mark.parametrize("coding", ["", "gzip", "chunked", "gzip chunked"])
@pytest.mark.parametrize(("keeps", "order"), [("newest", "descending"), ("oldest", "ascending"), ("newest", "mixed")])
def test_values_come_once_and_in_order_in_whatever_form(zone: str, coding: str, keeps: str, order: str) -> None:
    server = PastServer(**{ID: values(500, zone=zone)})
    server.coding, server.keeps, server.order = coding, keeps, order
    with past(server):
        ended = get(server, *HOUR, "-f", "csv")
    assert (ended.code, ended.out.splitlines()) == (0, [HEAD, *rows_of(range(500))])
    assert set(server.keys) == {KEY}
    assert KEY not in ended.out + ended.err


def test_since_is_included_and_until_is_not() -> None:
    server = PastServer(**{ID: values(500)})
    server.end_included = True
    with past(server):
        ended = get(server, "--since", "2024-09-01T00:01:00", "--until", "2024-09-01T02:02:00+02:00", "-f", "csv")
    assert ended.out.splitlines() == [HEAD, *rows_of(range(60, 120))]


def test_bars_with_the_very_digits_that_came() -> None:
    server = PastServer(**{ID: bars(250)})
    with past(server):
        ended = get(server, "--since", "2024-09-01", "--until", "2024-09-01T04:10:00Z", "--period", "1MIN")
    lines = ended.out.splitlines()
    assert len(lines) == 250
    assert lines[1] == (
        f'{{"type":"bar","index_id":"{ID}","time_start":"2024-09-01T00:01:00.0000000Z",'
        '"time_end":"2024-09-01T00:02:00.0000000Z","open":1.10,"high":1.90,"low":1.00,'
        '"close":1.5000000000000000000000001,"count":60,"complete":true,"source":"rest"}'
    )
    assert server.items_sent == [100, 100, 50]
    assert "250 bars; 3 calls in 3 requests" in ended.err
    assert server.asked[0] == (
        f"/v1/indexes/{ID}/timeseries",
        {
            "period_id": "1MIN",
            "time_start": "2024-09-01T00:00:00Z",
            "time_end": "2024-09-01T01:40:00Z",
            "limit": "100",
        },
    )


def test_a_limit_that_the_server_does_not_grant() -> None:
    server = PastServer(**{ID: values(300)})
    server.cap = 40
    with past(server):
        ended = get(server, *HOUR, "-f", "csv")
        assert ended.out.splitlines() == [HEAD, *rows_of(range(300))]
        assert "the server gives 40 items at once, not the 100 that were asked for" in ended.err
        server.rows = {ID: bars(250)}
        ended = get(server, "--since", "2024-09-01", "--until", "2024-09-02", "--period", "1m", "-f", "csv")
        assert len(ended.out.splitlines()) == 251


@pytest.mark.parametrize(("keeps", "order"), [("newest", "descending"), ("oldest", "ascending")])
def test_many_values_of_one_second_where_a_page_ends(keeps: str, order: str) -> None:
    rows = values(95) + [value_row(BEGIN + timedelta(seconds=95), f"{n}.25") for n in range(120)] + values(300)[96:]
    server = PastServer(**{ID: rows})
    server.keeps, server.order = keeps, order
    with past(server):
        ended = get(server, *HOUR)
    numbers = [json.loads(line)["value"] for line in ended.out.splitlines()]
    assert numbers == [
        *(n + 0.5 for n in range(95)),
        *(n + 0.25 for n in range(120)),
        *(n + 0.5 for n in range(96, 300)),
    ]


def test_more_values_of_one_second_than_the_server_ever_gives() -> None:
    rows = [*values(50), *(value_row(BEGIN + timedelta(seconds=50), f"{n}.25") for n in range(120))]
    server = PastServer(**{ID: rows})
    server.cap = 80
    with past(server):
        ended = get(server, *HOUR)
    assert len(ended.out.splitlines()) == 130
    assert "no more than 80 values of 2024-09-01T00:00:50Z at once; if there are more, they are missing" in ended.err


def test_nulls_are_left_out_and_counted() -> None:
    rows: list[tuple[object, Row]] = [*values(10), *bars(0)]
    rows[3][1]["value"] = None
    rows[4][1]["timestamp"] = None
    server = PastServer(**{ID: rows})  # type: ignore[arg-type]
    with past(server):
        ended = get(server, *HOUR, "-f", "csv")
    kept = [line for line in rows_of(range(10)) if line not in rows_of([3, 4])]
    assert ended.out.splitlines() == [HEAD, *kept]
    assert "without a time or a number left out" in ended.err


def test_bars_without_numbers_are_left_out_and_a_count_may_be_missing() -> None:
    rows = bars(3)
    rows[0][1]["value_high"] = None
    rows[1][1]["value_count"] = None
    server = PastServer(**{ID: rows})
    with past(server):
        ended = get(server, "--since", "2024-09-01", "--until", "2024-09-01T00:03:00Z", "--period", "1MIN")
    assert [json.loads(line)["count"] for line in ended.out.splitlines()] == [None, 60]


def test_no_data_is_said_and_not_an_error() -> None:
    with past(PastServer()) as server:
        ended = get(server, *HOUR)
        assert len(server.asked) == 1
    assert (ended.code, ended.out) == (0, "")
    assert f"the history has nothing of {ID} from 2024-09-01T00:00:00Z to 2024-09-01T01:00:00Z" in ended.err
    assert "0 values; 1 call in 1 request" in ended.err


def test_several_indexes_in_order_of_time() -> None:
    rows = values(250)
    other = [value_row(at, f"{n}.75") for n, (at, _) in enumerate(rows)]
    server = PastServer(**{ID: rows, OTHER: other})
    with past(server):
        ended = get(server, *HOUR, "-f", "csv", ids=["'*'".strip("'")])
    lines = [line.split(",") for line in ended.out.splitlines()[1:]]
    assert [line[0] for line in lines] == sorted(line[0] for line in lines)
    assert [line[1] for line in lines] == [ID, OTHER] * 250


def cut_off(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n[{")
    hang_up(handler)


def cut_off_in_a_chunk(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n500\r\n[{")
    hang_up(handler)


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.flush()
    handler.connection.shutdown(socket.SHUT_RDWR)


def half_a_body(_: BaseHTTPRequestHandler) -> Reply:
    return Reply(200, '[{"timestamp": "2024-09')


def busy(_: BaseHTTPRequestHandler) -> Reply:
    return Reply(500, '{"error": "try later"}')


def too_many(_: BaseHTTPRequestHandler) -> Reply:
    return Reply(429, '{"error": "Too many requests"}', {"Retry-After": "1"})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (cut_off, "closed the connection before it had answered: trying again"),
        (cut_off_in_a_chunk, "closed the connection before it had answered: trying again"),
        (half_a_body, "sent an answer that is cut off, or not JSON: trying again"),
        (busy, "says: try later (HTTP 500 Internal Server Error): trying again"),
        (too_many, "Too many requests (HTTP 429 Too Many Requests): waiting for 1 s, as it asks"),
    ],
)
def test_a_fault_in_the_middle_loses_and_doubles_nothing(
    fault: Callable[[BaseHTTPRequestHandler], Reply | None], words: str
) -> None:
    server = PastServer(**{ID: values(350)})
    server.faults = {1: fault, 5: fault}
    with past(server):
        ended = get(server, *HOUR, "-f", "csv")
    assert (ended.code, ended.out.splitlines()) == (0, [HEAD, *rows_of(range(350))])
    assert ended.err.count(words) == 2


@pytest.mark.slow
def test_a_slow_server_is_not_waited_for_without_end() -> None:
    server = PastServer(**{ID: values(10)})

    def stall(handler: BaseHTTPRequestHandler) -> None:
        handler.connection.settimeout(20)
        handler.rfile.read(1)  # until the other side gives up

    server.faults = {1: stall}
    with past(server):
        ended = get(server, *HOUR, "--connect-timeout", "1s")
    assert ended.code == 5
    assert "did not answer within 1 s" in ended.err


@pytest.mark.slow
def test_the_limit_of_the_server_is_shown_and_waited_for() -> None:
    server = PastServer(**{ID: values(10)})
    server.headers = {"X-RateLimit-Limit": "100", "X-RateLimit-Remaining": "7"}
    used_up = {"X-RateLimit-Limit": "100", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1"}
    server.faults = {1: lambda _: Reply(200, f"[{','.join(as_json(row) for _, row in values(10))}]", used_up)}
    with past(server):
        ended = get(server, *HOUR)
    assert len(ended.out.splitlines()) == 10
    assert "is used up: waiting for 1 s until it is reset" in ended.err
    assert "(7 of 100 left)" in ended.err


def test_a_limit_that_is_used_up_for_hours_ends_the_run() -> None:
    server = PastServer(**{ID: values(10)})
    server.headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "7200"}
    with past(server):
        ended = get(server, *HOUR)
    assert (ended.code, len(server.asked)) == (5, 1)
    assert "is used up for 7200 s; run it again later" in ended.err


@pytest.mark.parametrize(("status", "code"), [(401, 3), (403, 3), (400, 4), (404, 4)])
def test_a_refusal_is_told_in_the_servers_words(status: int, code: int) -> None:
    server = PastServer(**{ID: values(10)})
    server.faults = {1: lambda _: Reply(status, json.dumps({"error": f"no {KEY} here"}))}
    with past(server):
        ended = get(server, *HOUR)
        assert len(server.asked) == 1
    assert (ended.code, ended.out) == (code, "")
    assert "says: no *** here" in ended.err
    assert ("check --period, --since and --until" in ended.err) == (status == 400)


@pytest.mark.slow
def test_a_server_that_stays_broken_ends_the_run_and_what_came_is_kept(tmp_path: Path) -> None:
    server = PastServer(**{ID: bars(400)})
    server.faults = dict.fromkeys(range(3, 10), busy)
    path = tmp_path / "bars.csv"
    with past(server):
        ended = get(
            server, "--since", "2024-09-01", "--until", "2024-09-01T06:40:00Z", "--period", "1MIN", "-o", str(path)
        )
    assert (ended.code, "3 times" in ended.err) == (5, True)
    assert len(path.read_text().splitlines()) == 201


@pytest.mark.parametrize("body", ["{}", '[{"timestamp": 5}]', "null"])
def test_what_is_not_a_history_is_refused(body: str) -> None:
    server = PastServer()
    server.faults = {1: lambda _: Reply(200, body)}
    with past(server):
        ended = get(server, *HOUR)
    assert ended.code == 4
    assert "did not give a list of items" in ended.err


def test_values_of_another_time_are_refused() -> None:
    server = PastServer()
    rows = [row for _, row in values(100)]
    server.faults = {1: lambda _: Reply(200, f"[{','.join(map(as_json, rows))}]")}
    with past(server):
        ended = get(server, "--since", "2024-10-01", "--until", "2024-10-02", "--max-calls", "2000")
    assert ended.code == 4
    assert "of another time than was asked for" in ended.err


def test_what_costs_too_much_is_not_begun() -> None:
    with past(PastServer()) as server:
        year = ("--since", "2025-01-01", "--until", "2026-01-01")
        of_bars = get(server, *year, "--period", "1MIN")
        of_values = get(server, *year)
        assert server.asked == []
    assert (of_bars.code, of_values.code) == (2, 2)
    assert "takes 5,256 calls, 100 bars each (525,600 bars), and --max-calls is 1,000" in of_bars.err
    assert "takes about 315,360 calls (31,536,000 values, if there is one a second)" in of_values.err


def test_values_that_cost_more_than_was_estimated_end_at_the_most() -> None:
    rows = [value_row(BEGIN + timedelta(seconds=n // 10), f"{n}.5") for n in range(6000)]
    with past(PastServer(**{ID: rows})) as server:
        ended = get(server, "--since", "2024-09-01", "--until", "2024-09-01T00:10:00", "--max-calls", "12")
        assert len(server.asked) == 12
    assert ended.code == 2
    assert "12 calls are spent, as many as --max-calls allows" in ended.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "history needs to know from when on"),
        (("--since", "yesterday"), "--since 'yesterday' is not a time"),
        (("--since", "2024-09-02", "--until", "2024-09-01"), "is not before --until"),
        (("--since", "2999-01-01"), "is not in the past"),
        (("--since", "1h", "--period", "1FORTNIGHT"), "is not a period"),
        (("--since", "1h", "-o", "nats://127.0.0.1/IDX"), "not to nats://"),
        (("--since", "1h", "--page-size", "150"), "is not a page size"),
    ],
)
def test_usage(arguments: tuple[str, ...], words: str) -> None:
    ended = run_here("history", ID, "--rest-url", "http://127.0.0.1:1", *arguments)
    assert (ended.code, words in ended.err) == (2, True), ended.err


def test_a_key_is_needed_for_another_machine() -> None:
    ended = run_here("history", ID, "--since", "1h")
    assert (ended.code, "no API key" in ended.err) == (3, True)
