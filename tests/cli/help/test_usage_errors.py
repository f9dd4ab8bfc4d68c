"""A command line that cannot be understood: one line that names what comes nearest, and never a key."""

from __future__ import annotations

import pytest

from coinapi_idx_cli.cli import run
from tests.harness import run as run_process

KEY = "B8A9C2D3-E4F5-4677-8899-AABBCCDDEEFF"


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run(list(arguments)) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert printed.err.isprintable() or printed.err[:-1].isprintable()
    return printed.err.removesuffix("\n")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("watch --conut 3", "no such option: --conut (did you mean --count?); see idxstream watch --help"),
        ("watch --no-hearbeat", "no such option: --no-hearbeat (did you mean --no-heartbeat?)"),
        ("watch --api", "no such option: --api (did you mean --api-key?)"),
        ("watch --update", "no such option: --update (did you mean --update-limit-ms?)"),
        ("watch -count 3", "no such option: -c (did you mean --count?)"),
        ("watch --n 3", "no such option: --n (did you mean -n?)"),
        ("watch --refresh", "no such option: --refresh (idxstream indexes has it); see idxstream watch --help"),
        ("--count 3 watch", "no such option: --count (idxstream watch has it); see idxstream --help"),
        ("watch --xyzzy", "no such option: --xyzzy; see idxstream watch --help"),
        ("watch -Z", "no such option: -Z; see idxstream watch --help"),
        ("wacht", "no such command: wacht (did you mean watch?); see idxstream --help"),
        ("frobnicate", "no such command: frobnicate (there are watch, get, history, indexes, simulate"),
        ("config", "no command; there are show, path, set-key; see idxstream config --help"),
        (
            "watch --auth foo",
            "invalid value for '--auth': give one of header, query, hello; see",
        ),
        ("watch -f cvs --all", "unknown format 'cvs' in --format; did you mean csv?"),
        ("watch -n x", "invalid value for '-n' / '--count': 'x' is not a whole number; see"),
        ("watch -n 0", "invalid value for '-n' / '--count': '0' is not from 1 to 9223372036854775807; see"),
        ("simulate --port 70000", "invalid value for '--port': 70000 is not from 0 to 65535; see"),
        ("watch --count", "option '--count' requires an argument; see idxstream watch --help"),
        ("watch --all=yes", "option '--all' does not take a value; see idxstream watch --help"),
        ("simulate IDX_A", "too many arguments: idxstream simulate takes none, not 1; see idxstream simulate --help"),
    ],
)
def test_the_nearest_is_named(arguments: str, expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, *arguments.split()).startswith(f"idxstream: {expected}")


@pytest.mark.parametrize("key", [KEY, KEY.lower(), "73034021-0ebc-493d-8a00-e0f138111f41"])
@pytest.mark.parametrize(
    "arguments",
    [
        "watch --api-kye KEY",
        "watch --api-kye=KEY",
        "watch --apikey=KEY",
        "watch --api-keyKEY",
        "watch --api-key-KEY",
        "watch --api-kyeKEY",
        "watch --api-key-fileKEY",
        "watch -api-key KEY",
        "watch -api-key=KEY",
        "watch -api-keyKEY",
        "watch --api-key KEY --conut",
        "watch --conut --api-key=KEY",
        "watch IDX_A --api-key",
        "--api-key KEY watch",
        "--api-key=KEY",
        "watch --auth KEY",
        "watch --api-key --auth=KEY --auth=KEY --conut",
        "simulate KEY",
        "simulate -q -- KEY",
        "simulate --api-keyKEY",
        "indexes --key KEY",
    ],
)
def test_no_key_is_repeated(arguments: str, key: str, capsys: pytest.CaptureFixture[str]) -> None:
    line = said(capsys, *arguments.replace("KEY", key).split())
    assert not any(key[start : start + 6].lower() in line.lower() for start in range(len(key) - 5))


def test_control_characters_are_taken_out(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (
        ["watch", "--x\x1b[31my"],
        ["wat\x1b[31m\n\u202ech"],
        ["watch", "--auth", "\x07\n"],
        ["simulate", "\n"],
    ):
        assert "\x1b" not in said(capsys, *words)


def test_the_process_ends_with_2() -> None:
    done = run_process("watch", "--conut", "3")
    assert (done.process.returncode, done.out.text) == (2, "")
    assert done.err.lines == ["idxstream: no such option: --conut (did you mean --count?); see idxstream watch --help"]
