"""What is kept: whole or not at all, each server's apart, and nothing that was not written here is believed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from coinapi_idx_cli.catalogue.cache import COMPLETED_FROM, FRESH_FOR_S, Cache, IndexList, cache_folder
from tests.harness import GENEROUS_S, environment

URL = "https://rest.example"
LATEST = IndexList(URL, 1000.0, '"1"', ("IDX_A", "IDX_B"))

KILLED_WHILE_WRITING = """
import os, signal, sys
from pathlib import Path
from coinapi_idx_cli.catalogue import cache

def killed(self, target):
    os.kill(os.getpid(), signal.SIGKILL)

Path.replace = killed  # all is written, and has not its name yet
latest = cache.IndexList("https://rest.example", 2000.0, None, ("IDX_NEW",))
cache.Cache(Path(sys.argv[1])).store(latest, "rest.example")
"""


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "idxstream")


def the_file(cache: Cache) -> Path:
    (path,) = cache.folder.glob("indexes-*.json")
    return path


def test_what_was_stored_is_there(cache: Cache) -> None:
    assert cache.load(URL) is None
    cache.store(LATEST, "rest.example")
    assert cache.load(URL) == LATEST
    assert (cache.folder / COMPLETED_FROM).read_text() == "IDX_A\nIDX_B\n"


def test_nobody_else_can_read_it(cache: Cache) -> None:
    cache.store(LATEST, "rest.example")
    assert cache.folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o077 for path in cache.folder.iterdir()} == {0}


def test_each_server_has_its_own_and_a_simulators_ids_are_not_completed(cache: Cache) -> None:
    made_up = IndexList("http://127.0.0.1:1", 1000.0, None, ("IDX_SIM",))
    cache.store(LATEST, "rest.example")
    cache.store(made_up, "127.0.0.1")
    assert cache.load(URL) == LATEST
    assert cache.load(made_up.rest_url) == made_up
    assert (cache.folder / COMPLETED_FROM).read_text() == "IDX_A\nIDX_B\n"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        msgspec.json.encode(LATEST)[:-9],
        b'{"rest_url":"https://rest.example"}',
        msgspec.json.encode(IndexList("https://other.example", 1000.0, None, ("IDX_A",))),
        msgspec.json.encode(IndexList(URL, 1000.0, None, ())),
        msgspec.json.encode(IndexList(URL, 1000.0, None, ("IDX_\x1b[2J", "-x"))),
    ],
)
def test_what_cannot_be_used_counts_as_nothing(cache: Cache, content: bytes) -> None:
    cache.store(LATEST, "rest.example")
    the_file(cache).write_bytes(content)
    assert cache.load(URL) is None


@pytest.mark.parametrize("kind", ["fifo", "endless", "folder"])
def test_nor_does_what_is_not_a_file(cache: Cache, kind: str) -> None:
    cache.store(LATEST, "rest.example")
    path = the_file(cache)
    path.unlink()
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "endless":
        path.symlink_to("/dev/zero")
    else:
        path.mkdir()
    assert cache.load(URL) is None


def test_a_crash_while_writing_leaves_the_list_that_was(cache: Cache) -> None:
    cache.store(LATEST, "rest.example")
    done = subprocess.run(
        [sys.executable, "-c", KILLED_WHILE_WRITING, str(cache.folder)],
        env=environment(), timeout=GENEROUS_S, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert cache.load(URL) == LATEST
    assert (cache.folder / COMPLETED_FROM).read_text() == "IDX_A\nIDX_B\n"


def test_a_folder_that_cannot_be_written_is_an_error_and_leaves_nothing(cache: Cache) -> None:
    cache.store(LATEST, "rest.example")
    the_file(cache).unlink()
    the_name = cache._path(URL)
    the_name.mkdir()
    (the_name / "in the way").touch()
    with pytest.raises(OSError, match="directory"):
        cache.store(LATEST, "rest.example")
    assert sorted(path.name for path in cache.folder.iterdir()) == [the_name.name, COMPLETED_FROM]


@pytest.mark.parametrize(
    ("now_s", "is_fresh"),
    [(1000, True), (999 + FRESH_FOR_S, True), (1000 + FRESH_FOR_S, False), (999, False)],
)
def test_young_is_a_day_and_not_from_the_future(now_s: float, is_fresh: bool) -> None:
    assert LATEST.is_fresh(now_s) is is_fresh


@pytest.mark.parametrize(
    ("platform", "env", "folder"),
    [
        ("linux", {"HOME": "/h"}, "/h/.cache/idxstream"),
        ("linux", {"HOME": "/h", "XDG_CACHE_HOME": ""}, "/h/.cache/idxstream"),
        ("linux", {"HOME": "/h", "XDG_CACHE_HOME": "/c"}, "/c/idxstream"),
        ("linux", {"HOME": "/h", "XDG_CACHE_HOME": "c"}, "/h/.cache/idxstream"),
        ("darwin", {"HOME": "/h", "XDG_CACHE_HOME": "/c"}, "/h/Library/Caches/idxstream"),
    ],
)
def test_the_folder_is_the_platforms(platform: str, env: dict[str, str], folder: str) -> None:
    assert str(cache_folder(env, platform)) == folder


def test_without_a_home_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home(self: Path) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "expanduser", no_home)
    cache = Cache(cache_folder({}, "linux"))
    assert cache.load(URL) is None
    with pytest.raises(OSError, match=os.devnull):
        cache.store(LATEST, "rest.example")
