"""The file of metrics: whole at any moment, and no reason to end or to hold up anything."""

from __future__ import annotations

import os
import stat
import threading
from contextlib import closing
from pathlib import Path

import pytest

from coinapi_idx_cli.errors import OutputError
from coinapi_idx_cli.monitoring.metrics_file import MetricsFile, run_name
from tests.cli.watch.capture.captures import wait_until
from tests.harness import GENEROUS_S


@pytest.fixture
def warnings() -> list[str]:
    return []


def reads(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def test_it_is_replaced_whole_and_readable_by_all(tmp_path: Path, warnings: list[str]) -> None:
    path = tmp_path / "btc.prom"
    before = os.umask(0o077)
    try:
        with closing(MetricsFile(path, warnings.append)) as file:
            file.put(lambda: "one\n")
            wait_until(lambda: reads(path) == "one\n")
            with path.open() as opened:
                file.put(lambda: "two\n")
                wait_until(lambda: reads(path) == "two\n")
                assert opened.read() == "one\n"  # whoever reads it has a whole one
            file.put(lambda: "three\n")
    finally:
        os.umask(before)
    assert path.read_text() == "three\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert [each.name for each in tmp_path.iterdir()] == ["btc.prom"]
    assert warnings == []


def test_the_temporary_name_is_not_one_that_is_collected(tmp_path: Path, warnings: list[str]) -> None:
    names: set[str] = set()
    path = tmp_path / "btc.prom"
    ended = threading.Event()

    def look() -> None:
        while not ended.is_set():
            names.update(each.name for each in tmp_path.iterdir())

    looking = threading.Thread(target=look)
    looking.start()
    with closing(MetricsFile(path, warnings.append)) as file:

        def one_more_is_seen() -> bool:
            file.put(lambda: "x" * 1_000_000)
            return len(names) > 2

        wait_until(one_more_is_seen)
    ended.set()
    looking.join()
    assert [name for name in names if name.endswith(".prom")] == ["btc.prom"]


def test_what_a_killed_run_left_is_removed(tmp_path: Path, warnings: list[str]) -> None:
    old, other, young = (tmp_path / name for name in (".b[tc].1.tmp", ".btc.1.tmp", ".b[tc].2.tmp"))
    for each in (old, other, young):
        each.write_text("")
    for each in (old, other):
        os.utime(each, (1e9, 1e9))
    with closing(MetricsFile(tmp_path / "b[tc].prom", warnings.append)) as file:
        file.put(lambda: "one\n")
    assert {each.name for each in tmp_path.iterdir()} == {"b[tc].prom", other.name, young.name}


def test_a_link_stays_and_what_it_leads_to_is_replaced(tmp_path: Path, warnings: list[str]) -> None:
    (tmp_path / "real").mkdir()
    path = tmp_path / "btc.prom"
    path.symlink_to(tmp_path / "real" / "other.prom")
    with closing(MetricsFile(path, warnings.append)) as file:
        file.put(lambda: "one\n")
    assert path.is_symlink()
    assert (tmp_path / "real" / "other.prom").read_text() == "one\n"


def test_a_pipe_in_its_place_is_a_warning_and_stays(tmp_path: Path, warnings: list[str]) -> None:
    path = tmp_path / "btc.prom"
    os.mkfifo(path)
    with closing(MetricsFile(path, warnings.append)) as file:
        file.put(lambda: "one\n")
        wait_until(lambda: bool(warnings))
        file.put(lambda: "two\n")
    then = "trying again every 15 s, and what is there becomes old"
    assert warnings == [f"cannot write --metrics {path}: it is not a regular file; {then}"]
    assert stat.S_ISFIFO(path.stat().st_mode)
    assert [each.name for each in tmp_path.iterdir()] == ["btc.prom"]


def test_a_folder_that_went_away_is_told_once_and_again_after_it_was_there(tmp_path: Path, warnings: list[str]) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    path = folder / "btc.prom"
    with closing(MetricsFile(path, warnings.append)) as file:
        folder.rmdir()
        file.put(lambda: "one\n")
        wait_until(lambda: len(warnings) == 1)
        folder.mkdir()
        file.put(lambda: "two\n")
        wait_until(lambda: reads(path) == "two\n")
        path.unlink()
        folder.rmdir()
        file.put(lambda: "three\n")
        wait_until(lambda: len(warnings) == 2)
    assert "No such file or directory" in warnings[0]


def test_who_waits_for_the_disk_holds_nobody_up(tmp_path: Path, warnings: list[str]) -> None:
    path = tmp_path / "btc.prom"
    asked, answers = threading.Event(), threading.Event()

    def slow() -> str:
        asked.set()
        answers.wait()
        return "slow\n"

    file = MetricsFile(path, warnings.append)
    file.put(slow)
    assert asked.wait(GENEROUS_S)
    for number in range(1000):
        file.put(lambda number=number: f"{number}\n")  # type: ignore[misc]
    file.close()
    assert warnings == [f"--metrics {path}: the disk is slow, so the last figures are not in the file"]
    answers.set()
    wait_until(lambda: reads(path) == "999\n")  # of many that waited, the last one


def test_a_loop_of_links_that_comes_later_is_a_warning(tmp_path: Path, warnings: list[str]) -> None:
    path = tmp_path / "btc.prom"
    with closing(MetricsFile(path, warnings.append)) as file:
        path.symlink_to("btc.prom")
        file.put(lambda: "one\n")
        wait_until(lambda: bool(warnings))
        path.unlink()
        file.put(lambda: "two\n")
        wait_until(lambda: reads(path) == "two\n")
    assert "symbolic links" in warnings[0]


@pytest.mark.parametrize("kind", ["no folder", "a folder", "a file for a folder", "a loop of links", "a long name"])
def test_where_it_cannot_be_is_said_at_the_start(tmp_path: Path, kind: str, warnings: list[str]) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "loop").symlink_to("loop")
    places = {"no folder": "a/b.prom", "a folder": "", "a file for a folder": "file/b.prom"}
    places |= {"a loop of links": "loop", "a long name": "n" * 300}
    with pytest.raises(OutputError, match="cannot write --metrics"):
        MetricsFile(tmp_path / places[kind], warnings.append)


def test_the_label_is_the_stem_of_the_name() -> None:
    assert run_name(Path("/var/lib/btc.prom")) == "btc"
    assert run_name(Path("a.b.prom")) == "a.b"
    assert run_name(Path("x\udcff.prom")) == "x\\udcff"
