"""`ids` in the settings, watched when the command line names nothing; and two short ways to look at settings."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from coinapi_idx_cli.simulator import SIMULATOR, Simulator
from tests.harness import GENEROUS_S, run, run_here

BTC, ETH = "IDX_REFRATE_PRIMKT_BTC_USD", "IDX_REFRATE_PRIMKT_ETH_USD"
VOL = "IDX_VOL_CAPIVIX_BTC_USD"


@pytest.fixture
def file() -> Path:
    """The platform's settings file, not there yet."""
    path = Path(os.environ["XDG_CONFIG_HOME"]) / "idxstream" / "config.toml"
    path.parent.mkdir(parents=True)
    return path


@pytest.fixture(scope="module")
def sim() -> Iterator[Simulator]:
    with Simulator(rate=500, server=SIMULATOR) as simulator:
        yield simulator


def asked_for(sim: Simulator, *arguments: str, stdin: bytes | None = None) -> list[str] | None:
    """What a run with these arguments subscribes to; None: everything."""
    done = run("watch", "-n", "1", *arguments, env={"IDXSTREAM_URL": sim.url}, stdin=stdin)
    assert (done.process.returncode, done.err.lines) == (0, [])
    peer = sim.wait_for_peer(sim.connections_made, timeout_s=GENEROUS_S)
    ids: list[str] | None = json.loads(peer.received[0]).get("subscribe_filter_index_id")
    return ids


def refused(*arguments: str) -> str:
    done = run_here("watch", "--url", "ws://127.0.0.1:1", *arguments)
    assert (done.code, done.out, len(done.err.splitlines())) == (2, "", 1)
    return done.err


def test_the_list_is_watched_and_a_profile_has_its_own(sim: Simulator, file: Path) -> None:
    file.write_text(f'ids = ["{BTC}", "{ETH}"]\n[profile.desk]\nids = "IDX_VOL_CAPIVIX_BTC*,{ETH}"\n')
    assert asked_for(sim) == [BTC, ETH]
    assert asked_for(sim, "--profile", "desk") == [VOL, ETH]


def test_whatever_the_command_line_names_replaces_it(sim: Simulator, file: Path) -> None:
    file.write_text(f'ids = ["{BTC}"]\n')
    assert asked_for(sim, ETH) == [ETH]
    assert asked_for(sim, "--ids-from", "-", stdin=ETH.encode()) == [ETH]
    assert asked_for(sim, "--all") is None


def test_a_profile_replaces_what_the_top_of_the_file_asks_for(sim: Simulator, file: Path, tmp_path: Path) -> None:
    (tmp_path / "ids").write_text(ETH)
    file.write_text(
        f'all = true\n[profile.list]\nids = ["{BTC}"]\n[profile.file]\nids-from = "{tmp_path}/ids"\n[profile.same]\n'
    )
    assert asked_for(sim, "--profile", "list") == [BTC]
    assert asked_for(sim, "--profile", "file") == [ETH]
    assert asked_for(sim, "--profile", "same") is None
    file.write_text(f'ids = ["{BTC}"]\n[profile.all]\nall = true\n[profile.file]\nids-from = "{tmp_path}/ids"\n')
    assert asked_for(sim, "--profile", "all") is None
    assert asked_for(sim, "--profile", "file") == [ETH]


def test_the_demo_watches_it_too(file: Path) -> None:
    file.write_text(f'ids = ["{VOL}"]\n')
    assert json.loads(run("watch", "--demo", "-n", "1").out.text)["index_id"] == VOL


@pytest.mark.parametrize("text", ["ids = []", "[profile.p]\nids = []", ""])
def test_without_anything_in_it_there_are_no_ids(file: Path, text: str) -> None:
    file.write_text(text)
    assert "no index ids given" in refused(*(["--profile", "p"] if "profile" in text else []))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f'all = true\nids = ["{BTC}"]', "all and ids in {file} contradict each other"),
        (f'ids = ["{BTC}"]\nids-from = "ids"', "ids and ids-from in {file} contradict each other"),
        ("ids = [1, 2]", "ids in {file} is a list of something else; it takes text, or a list of texts"),
        ("ids = true", "ids in {file} is a boolean"),
        ('ids = ["é"]', "'é' is not an index id (ids in {file})"),
        ('ids = [""]', "'' is not an index id (ids in {file})"),
        ('[profile.p]\nids = ["two words"]', "'two words' is not an index id (ids in profile p in {file})"),
    ],
)
def test_what_is_wrong_with_it_is_said_with_the_place(file: Path, text: str, words: str) -> None:
    file.write_text(text)
    assert words.format(file=file) in refused(*(["--profile", "p"] if "profile" in text else []))


def test_config_show_has_it_and_changed_shows_nothing_else(file: Path) -> None:
    file.write_text('ids = ["A", "B"]\ncount = 5\n[profile.desk]\nids = ["C"]\n[plugin.x]\ny = 1\n')
    env = {"COINAPI_KEY": "a-key-for-tests", "IDXSTREAM_URL": "ws://127.0.0.1:1"}
    assert run_here("config", "show", "--changed", "--profile", "desk", env=env).out.splitlines() == [
        f"# {file}, profile desk",
        "",
        "# idxstream watch",
        f'ids = ["C"]               # profile desk in {file}',
        "# api-key: *** from COINAPI_KEY",
        'url = "ws://127.0.0.1:1"  # IDXSTREAM_URL',
        f"count = 5                 # {file}",
        "",
        "[plugin.x]",
        f"y = 1                     # {file}",
    ]
    whole = run_here("config", "show", env=env).out
    assert tomllib.loads(whole)["ids"] == ["A", "B"]
    assert len(whole.splitlines()) > 50


def test_of_nothing_but_defaults_changed_shows_the_file_alone(file: Path) -> None:
    assert run_here("config", "show", "--changed").out == f"# no settings file: there is no {file}\n"
    assert "# ids = [ID, ...]" in run_here("config", "show").out


def test_where_the_file_is(file: Path, tmp_path: Path) -> None:
    assert run_here("config", "path").out == f"{file}\n"
    file.write_text("this is not TOML")
    assert run_here("config", "path").out == f"{file}\n"
    assert run_here("config", "path", "--config", str(tmp_path / "x")).out == f"{tmp_path}/x\n"
    assert run_here("config", "path", env={"IDXSTREAM_CONFIG": "~/y"}).out == f"{Path.home()}/y\n"
