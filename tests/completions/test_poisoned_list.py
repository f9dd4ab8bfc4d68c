"""A list that holds more than ids, as an attacker or an older version may write it: Tab and Enter run nothing."""

from __future__ import annotations

import string
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from coinapi_idx_cli.terminal.one_line import LONGEST_ID, is_listed_id
from completions.text import ENGINES
from tests.completions.needed import installed
from tests.completions.shells import PREPARE, Shell, write_index_list

POISON = [
    *("A;touch${IFS}ran", "A$(touch ran)", "A`touch ran`", "A|touch ran", "A&touch ran", "A\ttouch ran", "A>ran"),
    *("A'; touch ran; '", 'A"; touch ran; "', "A\\", "A\r", "A\x1b[2J", "A\x1b]0;title\x07", "A{a,b}", "A=x", "Aé"),
    *("$(touch ran)", "`touch ran`", ";touch ran", "~root", "*", "!!", "#", "--api-key-file=/etc/shadow", "-n", " A"),
    "A" * (LONGEST_ID + 1),
]
MANY_LIKE_IT = [f"A;touch${{IFS}}ran{number}" for number in range(600)]


@pytest.fixture(scope="module", params=sorted(PREPARE))
def shell(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    home = tmp_path_factory.mktemp("home")
    write_index_list(home / "cache", ["AB_1", *POISON, *MANY_LIKE_IT, "B:C_1", "B:D_1"])
    running = Shell(installed(request.param), home)
    with running.terminal:
        yield running
    assert [path.name for path in (home / "work").iterdir()] == []


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("watch A\t", "[watch][AB_1]"),
        ("watch A\t\t", "[watch][AB_1]"),
        ("indexes 'A\t", "[indexes][AB_1]"),
        ("watch '$\t'", "[watch][$]"),
        ("watch ';\t'", "[watch][;]"),
        ("watch B:C\t", "[watch][B:C_1]"),
        ("watch B:C\t B:D\t", "[watch][B:C_1][B:D_1]"),
    ],
)
def test_only_plain_words_are_completed(shell: Shell, typed: str, expected: str) -> None:
    assert shell.runs(typed) == expected


def test_the_case_before_a_colon(shell: Shell) -> None:
    """Bash cannot correct it: it replaces only what follows the colon, so there it has to be right."""
    assert shell.runs("watch b:c\tX") == ("[watch][b:cX]" if shell.name == "bash" else "[watch][B:C_1][X]")


@pytest.mark.parametrize("name", sorted(PREPARE))
def test_a_relative_cache_is_not_looked_into(name: str, tmp_path: Path) -> None:
    write_index_list(tmp_path / ".cache", ["IDX_1"])
    shell = Shell(installed(name), tmp_path, XDG_CACHE_HOME="here")
    write_index_list(tmp_path / "work" / "here", ["IDX_2"])
    with shell.terminal:
        assert shell.runs("watch I\t") == "[watch][IDX_1]"


def test_the_shells_have_the_same_rule_as_the_program() -> None:
    odd = "\r\t\x00\x7f\x80é"
    words = [f"{before}{character}{after}" for character in string.printable + odd for before in "-a" for after in "_:"]
    words += [character * length for character in "a-" for length in (1, 2, LONGEST_ID, LONGEST_ID + 1)]
    lines = [word for word in words if not set(word) & set("\n\x00")]
    awk = ["awk", (ENGINES / "index_ids.awk").read_text()]
    text = "".join(f"{line}\n" for line in lines).encode()
    done = subprocess.run(awk, input=text, env={"LC_ALL": "C", "typed": ""}, capture_output=True, check=True)
    assert done.stdout.decode().split() == [word for word in lines if is_listed_id(word)]
