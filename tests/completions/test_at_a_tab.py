"""Tab, pressed in real shells. What the program then gets for its arguments tells what was completed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.completions.needed import installed
from tests.completions.shells import PREPARE, PROMPT, Shell, write_index_list

UNIQUE = {
    "command": ("wat\t", "[watch]"),
    "command after an option": ("-q wat\t", "[-q][watch]"),
    "option": ("watch --api-key-f\tx", "[watch][--api-key-file{joint}x]"),
    "option of the other command": ("simulate --see\t1", "[simulate][--seed{joint}1]"),
    "negated option": ("watch --no-hearta\x7f\t", "[watch][--no-heartbeat]"),
    "choice": ("watch --auth q\t", "[watch][--auth][query]"),
    "choice of the list of indexes": ("indexes -f nd\t", "[indexes][-f][ndjson]"),
    "choice after =": ("watch --auth=q\t", "[watch][--auth=query]"),
    "choice after a short option": ("watch -f nd\t", "[watch][-f][ndjson]"),
    "choice after letters in one word": ("watch -qf c\t", "[watch][-qf][csv]"),
    "name": ("watch --fields time_r\t", "[watch][--fields][time_received]"),
    "second name": ("watch --fields type,ind\t", "[watch][--fields][type,index_id]"),
    "second name after =": ("watch --include=gap,h\t", "[watch][--include=gap,heartbeat]"),
    "names one by one": ("watch --fields ty\t,ind\t,va\t", "[watch][--fields][type,index_id,value]"),
    "name not there yet": ("watch --include reconnect,gap,\t", "[watch][--include][reconnect,gap,heartbeat]"),
    "file": ("watch --api-key-file no\t", "[watch][--api-key-file][notes of mine.key]"),
    "file after =": ("watch --ids-from=no\t", "[watch][--ids-from=notes of mine.key]"),
    "file to write to": ("watch 2>no\t --auth q\t", "[watch][--auth][query]"),
    "index id": ("watch IDX_REFRATE_VWAP_0042\t", "[watch][IDX_REFRATE_VWAP_0042_USD]"),
    "index id for a glob": ("indexes IDX_REFRATE_VWAP_0042\t", "[indexes][IDX_REFRATE_VWAP_0042_USD]"),
    "second index id": ("watch A --url x IDX_REFRATE_VWAP_0042\t", "[watch][A][--url][x][IDX_REFRATE_VWAP_0042_USD]"),
    "index id after --": ("watch -- IDX_REFRATE_VWAP_0042\t", "[watch][--][IDX_REFRATE_VWAP_0042_USD]"),
    "index id in small letters": ("watch idx_refrate_vwap_0042\t", "[watch][IDX_REFRATE_VWAP_0042_USD]"),
    "index id in quotes": ("watch 'IDX_REFRATE_VWAP_0042\t", "[watch][IDX_REFRATE_VWAP_0042_USD]"),
    "what all index ids begin with": ("watch IDX_\tVWAP_0042\t", "[watch][IDX_REFRATE_VWAP_0042_USD]"),
    "short name": ("watch 0042\t", "[watch][0042_usd]"),
    "short name in capitals": ("watch VOL_0\t", "[watch][VOL_0]"),
    "no file for a number": ("watch --count no\t", "[watch][--count][no]"),
    "no file for an id": ("watch no\t", "[watch][no]"),
    "no index id for a URL": ("watch --url IDX_REFRATE_VWAP_0042\t", "[watch][--url][IDX_REFRATE_VWAP_0042]"),
    "no index id for a command without": ("simulate IDX_REFRATE_VWAP_0042\t", "[simulate][IDX_REFRATE_VWAP_0042]"),
    "nothing that is typed runs": ("watch --fields '$(touch ran),'\t", "[watch][--fields][$(touch ran),]"),
}


@pytest.mark.parametrize("case", UNIQUE)
def test_what_fits_alone_is_completed(shell: Shell, case: str) -> None:
    typed, expected = UNIQUE[case]
    got = shell.runs(typed)
    assert got in {expected.format(joint=joint) for joint in ("=", "][")}
    assert not (shell.home / "work" / "ran").exists()


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("\t\t", ["indexes", "simulate", "watch"]),
        ("indexes --format \t\t", ["auto", "csv", "ndjson", "table"]),
        ("watch --f\t\t", ["--fields", "--format"]),
        ("watch --format \t\t", ["auto", "csv", "ndjson", "table"]),
        ("watch --auth=\t\t", ["header", "hello", "query"]),
        ("watch --fields type,time_\t\t", ["time_coinapi", "time_received"]),
        ("watch IDX_REFRATE_VWAP_004\t\t", ["VWAP_0040_USD", "VWAP_0049_USD"]),
        ("watch IDX_REFRATE_\t\t", ["REFRATE_P", "REFRATE_V"]),
    ],
)
def test_of_several_all_are_shown(shell: Shell, typed: str, expected: list[str]) -> None:
    shell.shows(typed, *expected)


def test_zsh_and_fish_show_the_help(shell: Shell) -> None:
    if shell.name == "bash":
        expected = ["--header", "--heartbeat"]
    else:
        expected = ["csv: write a header line.", "Ask the server for heartbeats."]
    shell.shows("watch --hea\t\t", *expected)


@pytest.mark.parametrize("name", sorted(PREPARE))
def test_without_a_list_there_are_no_index_ids_and_no_error(name: str, tmp_path: Path) -> None:
    shell = Shell(installed(name), tmp_path)
    with shell.terminal:
        screen = shell.shows("watch IDX_\t\tX", "watch IDX_X")
        assert [line for line in screen.splitlines() if line.strip(PROMPT)] == [screen.splitlines()[-1]]
        assert shell.runs("watch IDX_\t") == "[watch][IDX_]"


@pytest.mark.parametrize("name", sorted(PREPARE))
def test_the_list_is_in_the_home_when_the_environment_names_no_cache(name: str, tmp_path: Path) -> None:
    write_index_list(tmp_path / ".cache", ["IDX_1"])
    shell = Shell(installed(name), tmp_path, XDG_CACHE_HOME="")
    with shell.terminal:
        assert shell.runs("watch I\t") == "[watch][IDX_1]"


@pytest.mark.parametrize("name", sorted(PREPARE))
def test_a_python_that_started_would_have_been_seen(name: str, tmp_path: Path) -> None:
    shell = Shell(installed(name), tmp_path)
    with shell.terminal:
        shell.runs("wat\t --auth q\t IDX\t")
        assert not shell.started_python()
        shell.terminal.forget()
        shell.terminal.type("python3; idxstream end\r")
        shell.terminal.wait_for("got[end]")
        assert shell.started_python()
