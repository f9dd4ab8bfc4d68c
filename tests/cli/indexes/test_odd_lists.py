"""Lists that hold more than index ids, from servers and from the disk: nothing of it reaches a command line."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import msgspec
import pytest

from coinapi_idx_cli.catalogue.answers import MOST_COMMAS
from coinapi_idx_cli.catalogue.cache import Cache, IndexList, cache_folder
from coinapi_idx_cli.simulator import Simulator
from tests.catalogue.servers import KEY, http, scripted, the_list
from tests.cli.watch.endings import the_line
from tests.harness import COMMAND, GENEROUS_S, Running, environment, run

NOBODY = "http://127.0.0.1:1"
ODD = ["A;touch${IFS}ran", "--api-key-file=/etc/shadow", "-n", "two words", "IDX_\x1b[2J", "IDX_\n", "é", "", "A" * 201]
NOT_ENTRIES = [1, None, "IDX_C", ["IDX_C"], {}, {"id": 7}, {"id": None}, {"name": "IDX_C"}]


def indexes(rest_url: str, *arguments: str, env: dict[str, str] | None = None) -> Running:
    return run("indexes", "--rest-url", rest_url, *arguments, env=env)


@pytest.mark.parametrize("entries", [[{"id": odd} for odd in ODD], NOT_ENTRIES], ids=["ids", "entries"])
def test_what_is_not_an_id_is_left_out_counted_and_told(entries: list[object]) -> None:
    body = json.dumps([{"id": "IDX_B"}, *entries, {"id": "IDX_A", "more": [1]}])
    with scripted(http(200, body)) as there:
        first, second = indexes(there.url), indexes(there.url)
    assert [(done.wait(), done.out.lines) for done in (first, second)] == [(0, ["IDX_A", "IDX_B"])] * 2
    (line,) = first.err.lines
    assert f"warning: 127.0.0.1:{there.port}: {len(entries)} entries of the list of indexes are left out" in line
    assert line.isprintable()
    assert second.err.lines == []


def test_one_such_entry_is_shown() -> None:
    with scripted(http(200, json.dumps([{"id": "IDX_A"}, {"id": ODD[0] * 90}]))) as there:
        (line,) = indexes(there.url).err.lines
    assert "1 entry of the list of indexes is left out" in line
    assert ODD[0] in line
    assert len(line) < 300


def test_a_list_of_nothing_else_is_refused() -> None:
    with scripted(http(200, json.dumps([{"id": odd} for odd in ODD]))) as there:
        assert f"did not give a list of indexes: {len(ODD)} entries" in the_line(indexes(there.url), 4)


@pytest.mark.parametrize(
    "spelling", [KEY, "".join(f"\\u{ord(letter):04x}" for letter in KEY)], ids=["plain", "escaped"]
)
def test_an_id_that_holds_the_key_is_left_out(spelling: str) -> None:
    with scripted(http(200, f'[{{"id": "IDX_A"}}, {{"id": "IDX_{spelling}"}}]')) as there:
        done = indexes(there.url, "--api-key", KEY)
        assert (done.wait(), done.out.lines) == (0, ["IDX_A"])
        assert "IDX_***" in done.err.text
    assert all(KEY not in path.read_text() for path in cache_folder(os.environ).iterdir())


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<html>", "did not give a list of indexes: it is not JSON"),
        ("[" * 100_000, "did not give a list of indexes"),
        ('[{"id": "IDX_A", "x": ' + "[" * 100_000 + "]" * 100_000 + "}]", "it is nested too deeply"),
        ("[" + "0," * MOST_COMMAS + "0,0]", "it holds too many entries"),
    ],
    ids=["a page", "open", "in an entry", "entries"],
)
def test_deep_and_huge_lists_are_refused(body: str, words: str) -> None:
    with scripted(http(200, body)) as there:
        assert words in the_line(indexes(there.url), 4)


def on_disk(rest_url: str, *ids: str) -> Path:
    """As an older version wrote it."""
    kept = IndexList(rest_url, _now_s(), None, ("IDX_A",))
    Cache(cache_folder(os.environ)).store(kept, "127.0.0.1")
    (path,) = cache_folder(os.environ).glob("indexes-*.json")
    path.write_bytes(msgspec.json.encode(msgspec.structs.replace(kept, ids=ids)))
    return path


def _now_s() -> float:
    import time

    return time.time()


def test_what_is_kept_is_sifted_too() -> None:
    on_disk(NOBODY, "IDX_A", *ODD, "IDX_B")
    for arguments in ((), ("--refresh",)):  # the server is not there
        done = indexes(NOBODY, *arguments)
        assert (done.wait(), done.out.lines) == (0, ["IDX_A", "IDX_B"])
        assert f"{len(ODD)} entries of the list of indexes are left out" in done.err.lines[-1]


def test_a_kept_list_that_is_nested_too_deeply_counts_as_none() -> None:
    path = on_disk(NOBODY, "IDX_A")
    path.write_bytes(path.read_bytes()[:-1] + b',"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}")
    assert "there is no saved list of indexes" in the_line(indexes(NOBODY), 5)


def test_through_xargs_the_ids_stay_ids(tmp_path: Path) -> None:
    """The list's words become arguments: of a shell none runs, and of the program none is an option."""
    body = json.dumps([{"id": index_id} for index_id in ("IDX_B", *ODD, "IDX_A")])
    with Simulator(rate=0) as sim:
        sim.answer_rest_with(200, body=body)
        program = " ".join(COMMAND)
        script = f"{program} indexes --rest-url {sim.rest_url} | xargs {program} watch --url {sim.url} -n 1"
        with subprocess.Popen(
            ["sh", "-c", script], env=environment(), cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as running:
            hello = json.loads(sim.wait_for_peer(timeout_s=GENEROUS_S).received[0])
            sim.publish("IDX_A", 1)
            assert running.wait(GENEROUS_S) == 0
    assert hello["subscribe_filter_index_id"] == ["IDX_A", "IDX_B"]
    assert list(tmp_path.iterdir()) == []


def test_doctor_tells_it() -> None:
    with scripted(the_list("IDX_A", *ODD)) as there:
        done = run("doctor", "--url", "ws://127.0.0.1:1", "--rest-url", there.url)
    listed = json.loads(done.out.lines[-1])
    assert listed["detail"].startswith(f"1 index at 127.0.0.1:{there.port}; {len(ODD)} entries of the list")
