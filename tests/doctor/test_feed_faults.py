"""What is wrong with the key, the feed, the clock, the list: told by the first line that fails, or by a hint."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from coinapi_idx_cli.doctor.case import WaitLimits
from coinapi_idx_cli.simulator import Faults, Simulator
from tests.doctor.examined import BTC, KEY, NOBODY, case, command, doctor, examine, key_file, steps_of
from tests.harness import GENEROUS_S

NEVER_S = 1e6


def test_a_key_that_works_by_query_only() -> None:
    with Simulator(api_key=KEY, accept_auth=frozenset({"query"})) as sim:
        done = examine(sim, BTC, "--api-key", KEY)
        assert done.code == 3
        assert done.first_bad["step"] == "key by header"
        assert "says: Invalid API key (HTTP 401 Unauthorized)" in done.first_bad["detail"]
        assert done.first_bad["hint"] == "the server accepts this key by query: use --auth query"
        assert "asks for a key" in done["upgrade"]["detail"]
        assert (done["key by query"]["ok"], done["key by hello"]["ok"]) == (True, None)
        assert done["heartbeat"]["detail"] == "waits for: key by header"
        by_query = examine(sim, BTC, "--api-key", KEY, "--auth", "query")
        assert by_query.code == 0
        assert "does not work" in by_query["key by header"]["detail"]
        assert by_query["first value"]["ok"] is True


def test_a_key_that_is_refused_everywhere() -> None:
    with Simulator(api_key="another-key") as sim:
        done = examine(sim, "--api-key", KEY)
        assert (done.code, done.first_bad["step"]) == (3, "key by header")
        assert "none of the three places" in done.first_bad["hint"]
        by_hello = examine(sim, "--api-key", KEY, "--auth", "hello")
        assert (by_hello.code, by_hello.first_bad["step"]) == (3, "key by hello")
        assert "says: Invalid API key" in by_hello.first_bad["detail"]


def test_a_server_here_that_wants_a_key_all_the_same() -> None:
    with Simulator(api_key=KEY, accept_auth=frozenset({"header"})) as sim:
        done = examine(sim)
        assert (done.code, done.first_bad["step"]) == (3, "key by header")
        assert "no key was sent" in done.first_bad["detail"]
        assert "COINAPI_KEY" in done.first_bad["hint"]
    with Simulator(api_key=KEY) as sim:  # which would take it in the hello
        done = examine(sim)
        assert (done.code, done.first_bad["step"]) == (3, "heartbeat")
        assert "says: Invalid API key; no key was sent" in done.first_bad["detail"]
        assert "COINAPI_KEY" in done.first_bad["hint"]
        assert "COINAPI_KEY" in done["list"]["hint"]


@pytest.mark.parametrize(
    ("arguments", "env", "words", "hint"),
    [
        ([], {}, "no API key", "COINAPI_KEY"),
        ([], {"COINAPI_KEY": "two words"}, "white space", "copy it again"),
        (["--api-key-file", "/none"], {}, "cannot read the key file /none", "its path"),
    ],
)
def test_no_key_that_can_be_used(arguments: list[str], env: dict[str, str], words: str, hint: str) -> None:
    done = doctor("wss://no-such-host.invalid", "https://no-such-host.invalid", *arguments, env=env)
    assert (done.code, done.first_bad["step"]) == (3, "settings")
    assert words in done.first_bad["detail"]
    assert hint in done.first_bad["hint"]
    assert "two words" not in str(done.lines)
    assert done["names"]["ok"] is False  # which needs no key
    assert done["list"]["ok"] is None


def test_where_settings_come_from_and_what_is_odd_about_them(tmp_path: Path) -> None:
    path = key_file(tmp_path, "not-a-usual-key")
    path.chmod(0o644)
    url = "wss://no-such-host.invalid"
    done = doctor(url, NOBODY, env={"COINAPI_KEY_FILE": str(path)})
    assert f"key of 15 characters (COINAPI_KEY_FILE {path}), sent by header" in done["settings"]["detail"]
    assert "other users can read the key file" in done["settings"]["hint"]
    assert "does not look like the vendor's" in done["settings"]["hint"]
    plain = doctor("ws://no-such-host.invalid", NOBODY, "--allow-plaintext", "--api-key-file", str(key_file(tmp_path)))
    assert "in the clear" in plain["settings"]["hint"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["IDX_*"], "is not an index id"),
        (["IDX_A,IDX_B"], "is not an index id"),
        (["two words"], "is not an index id"),
        (["--url", "http://a.example"], "is not a wss:// URL"),
        (["--api-key", KEY, "--api-key-file", "x"], "both name a key"),
        (["-f", "yaml"], "auto, table, ndjson"),
        (["--demo", "--url", "ws://127.0.0.1"], "contradict"),
    ],
)
def test_usage(arguments: list[str], words: str) -> None:
    done = command(*arguments)
    assert (done.code, done.out, len(done.err.splitlines())) == (2, "", 1)
    assert words in done.err


@pytest.mark.slow
def test_no_heartbeat() -> None:
    with Simulator(rate=0, heartbeat_s=NEVER_S) as sim:
        done = examine(sim)
    assert done.code == 5
    assert done.first_bad["step"] == "heartbeat"
    assert "no heartbeat and no value within 2 s" in done.first_bad["detail"]
    assert done.first_bad["hint"] is not None
    assert done["ping"]["ok"] is True  # it lives, and says nothing


def test_a_key_that_is_neither_confirmed_nor_refused() -> None:
    with Simulator(rate=0, heartbeat_s=NEVER_S, api_key=KEY) as sim:
        steps = steps_of(case(sim.url, sim.rest_url, key=KEY))
    assert "not refused within 0.2 s" in steps["key by header"].detail
    assert (steps["key by header"].ok, steps["heartbeat"].ok) == (True, False)


@pytest.mark.slow
def test_a_quiet_index() -> None:
    with Simulator(rate=0) as sim:
        done = examine(sim, BTC)
    assert (done.code, done.first_bad["step"]) == (5, "first value")
    assert f"no value of {BTC} within 10 s, but" in done.first_bad["detail"]
    assert "it may be quiet" in done.first_bad["hint"]
    assert done.first_bad["hint"].endswith("try another, such as IDX_REFRATE_PRIMKT_ETH_USD")
    assert done["heartbeat"]["detail"].startswith("a heartbeat ")
    assert done["list"]["ok"] is True


def test_an_index_that_is_not_in_the_list() -> None:
    with Simulator(rate=0, heartbeat_s=0.01) as sim:
        steps = steps_of(case(sim.url, sim.rest_url, index_id="IDX_REFRATE_PRIMKT_BTC_USDX"))
    assert steps["first value"].code == 5
    assert "not in the list of indexes" in steps["first value"].detail
    assert steps["first value"].hint.startswith(f"did you mean {BTC}")
    assert steps["list"].is_warning
    assert "is not among them" in steps["list"].detail


def test_only_one_index_is_ever_asked_for() -> None:
    with Simulator(api_key=KEY) as sim:
        steps = steps_of(case(sim.url, sim.rest_url, key=KEY, limits=WaitLimits(GENEROUS_S, GENEROUS_S)))
        hellos = [json.loads(text) for n in (2, 3, 4, 5) for text in sim.wait_for_peer(n).received]
    assert all(step.ok is not False for step in steps.values())
    assert [hello["subscribe_filter_index_id"] for hello in hellos] == [[BTC]] * 4
    assert [("apikey" in hello, hello["heartbeat"]) for hello in hellos] == [
        (False, True),
        (False, True),
        (True, True),
        (False, True),
    ]


@pytest.mark.parametrize(("ahead_s", "side"), [(5.0, "behind"), (-5.0, "ahead of")])
def test_a_clock_that_is_off_is_a_warning(ahead_s: float, side: str) -> None:
    with Simulator(faults=Faults(clock_ahead_s=ahead_s)) as sim:
        done = examine(sim, BTC)
    assert (done.code, done["clock"]["ok"]) == (0, True)
    assert f" s {side} that of {sim.url[5:]}, give or take" in done["clock"]["detail"]
    assert "NTP" in done["clock"]["hint"]
    latency_ms = float(done["first value"]["detail"].rpartition("latency ")[2].split()[0])
    assert abs(latency_ms + ahead_s * 1000) < 4000  # a loaded machine is slow


def test_the_clock_is_told_by_the_list_when_the_feed_cannot() -> None:
    with Simulator(faults=Faults(clock_ahead_s=1000)) as sim:
        done = doctor("ws://127.0.0.1:1", sim.rest_url)
    assert (done.code, done.first_bad["step"]) == (5, "tcp")
    assert "behind" in done["clock"]["detail"]


def test_an_error_of_the_server() -> None:
    with Simulator(faults=Faults(error_text="Go away")) as sim:
        done = examine(sim)
    assert (done.code, done.first_bad["step"]) == (4, "heartbeat")
    assert "says: Go away" in done.first_bad["detail"]
    assert done["ping"]["detail"] == "waits for: heartbeat"


def test_a_server_that_hangs_up_after_the_hello() -> None:
    with Simulator(rate=0) as sim:
        hanging_up = threading.Thread(target=lambda: sim.wait_for_peer(2).close(1008, "no thanks"))
        hanging_up.start()
        done = examine(sim, BTC)
        hanging_up.join()
    assert (done.code, done.first_bad["step"]) == (5, "heartbeat")
    assert "closed the connection: 1008 no thanks" in done.first_bad["detail"]
    assert done["first value"]["detail"] == "waits for: heartbeat"


def test_a_server_that_hangs_up_after_the_first_heartbeat() -> None:
    """At once: a key by which that heartbeat came is taken all the same."""

    def beat_and_hang_up() -> None:
        for number in (2, 3, 4):
            sim.wait_for_peer(number).send_bytes(beat + b"\x88\x02\x03\xe8")
        last = sim.wait_for_peer(5)
        last.send_bytes(beat)
        last.close(1000, "enough")

    text = b'{"type":"heartbeat"}'
    beat = bytes([0x81, len(text)]) + text
    with Simulator(rate=0, heartbeat_s=NEVER_S) as sim:
        server = threading.Thread(target=beat_and_hang_up)
        server.start()
        steps = steps_of(case(sim.url, sim.rest_url, index_id=BTC, key=KEY, limits=WaitLimits(GENEROUS_S, 0.2)))
        server.join()
    assert [steps[f"key by {way}"].detail for way in ("header", "query", "hello")] == ["accepted: a heartbeat came"] * 3
    waits = steps["first value"].detail == "waits for: heartbeat"  # which may have come together with the end
    assert waits == (steps["heartbeat"].ok is False)


def test_values_of_another_index() -> None:
    text = '{"type":"index","index_id":"IDX_OTHER","time_coinapi":"2026-11-22T05:30:09.9175214Z","value":1.5}'
    with Simulator(rate=0, heartbeat_s=NEVER_S) as sim:
        sender = threading.Thread(target=lambda: sim.wait_for_peer(2).send_text(text))
        sender.start()
        steps = steps_of(case(sim.url, sim.rest_url, index_id=BTC, limits=WaitLimits(GENEROUS_S, 0.2)))
        sender.join()
    told = steps["first value"].detail
    assert told == f"no value of {BTC} within 0.2 s, but of IDX_OTHER, which were not asked for"


def test_the_list_is_down_while_the_feed_is_fine() -> None:
    with Simulator() as sim:
        done = doctor(sim.url, NOBODY, BTC)
    assert (done.code, done.first_bad["step"]) == (5, "list")
    assert "--rest-url" in done.first_bad["hint"]
    assert done["first value"]["ok"] is True


def test_no_key_for_a_list_elsewhere_is_no_failure() -> None:
    with Simulator() as sim:
        done = doctor(sim.url, "https://no-such-host.invalid", BTC)
    assert (done.code, done["list"]["ok"]) == (0, None)
    assert "no API key for the list of indexes" in done["list"]["detail"]


@pytest.mark.slow
@pytest.mark.parametrize("frame", [b"\x81\x09{nonsense", b"\x82\x02\x00\x01"], ids=["text", "binary"])
def test_messages_that_do_not_decode_are_told(frame: bytes) -> None:
    with Simulator(rate=0, heartbeat_s=NEVER_S) as sim:

        def send_nonsense() -> None:
            sim.wait_for_peer(2).send_bytes(frame)

        sender = threading.Thread(target=send_nonsense)
        sender.start()
        steps = steps_of(case(sim.url, sim.rest_url, limits=WaitLimits(3.0, 0.2)))
        sender.join()
    assert "but 1 malformed message" in steps["heartbeat"].detail
