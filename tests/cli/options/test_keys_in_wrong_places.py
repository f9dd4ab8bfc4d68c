"""A key that was given where something else belongs: it is never repeated."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.harness import Running, run

KEY = "73034021-1EBC-493D-8A00-E0F138111F41"  # the form of the vendor's
OTHER_KEY = "Secret.Of-A_Test/77"
ANY_KEY = (
    "'{key}' = 1",
    "['{key}']\n['{key}']",
    "x = {'{key}' = 1, '{key}' = 2}",
    "[profile]\n'{key}' = 1",
    "url = 'wss://a.example/{key}?key={key}'",
)


def said(*arguments: str, env: dict[str, str] | None = None) -> Running:
    done = run(*arguments, env=env)
    assert "Traceback" not in done.err.text or "-vv" in arguments
    return done


@pytest.mark.parametrize(
    "arguments",
    [
        ["watch", "--all", "--api-key-file", KEY],
        ["watch", "--all", "-vv", "--api-key-file", KEY],
        ["watch", "--all", "-vv", f"--api-key-file={KEY}"],
        ["watch", "--all", "-vv", "--url", KEY],
        ["watch", "--all", f"--url=wss://a.example:{KEY}"],
        ["watch", "--all", "--connect-timeout", KEY],
        ["watch", "--all", "-f", KEY],
        ["watch", "--demo", "-n", KEY],
        ["watch", "--demo", "--ids-from", KEY],
        ["watch", "--all", "--config", KEY],
        ["watch", "--all", "--profile", KEY],
        ["doctor", "--demo", "--url", KEY],
        ["config", KEY],
        [KEY],
    ],
)
def test_in_no_argument(arguments: list[str]) -> None:
    done = said(*arguments)
    assert done.process.returncode in (2, 3)
    assert KEY not in done.out.text + done.err.text


@pytest.mark.parametrize("key", ["SECRETKEY-1234", "secret_key_of_a_test"])
@pytest.mark.parametrize("verbose", [[], ["-vv"]])
def test_a_key_for_the_path_of_its_file(key: str, verbose: Sequence[str]) -> None:
    done = said("watch", "--all", "--api-key-file", key, *verbose)
    assert done.process.returncode == 3
    assert key not in done.err.text
    assert done.err.lines[-1] == (
        "idxstream: cannot read the key file: No such file or directory; "
        "give its path; a key itself goes into COINAPI_KEY"
    )


@pytest.mark.parametrize(
    "url",
    [
        f"https://a.example/?apikey={OTHER_KEY}",
        f"wss://a.example/?x=1&api_key={OTHER_KEY}",
        f"wss://a.example/?key={OTHER_KEY}",
        f"a.example?apikey={OTHER_KEY}",
        f"wss://me:{OTHER_KEY}@a.example:port/",
        f"wss://me:{OTHER_KEY}@[a.example",
        f"//me:{OTHER_KEY}@a.example",
    ],
)
@pytest.mark.parametrize("option", ["--url", "--rest-url"])
def test_in_no_url(option: str, url: str) -> None:
    done = said("watch", "A*", option, url, "-vv")
    assert done.process.returncode == 2
    assert "holds a key or a password" in done.err.text
    assert "Secret" not in done.err.text


@pytest.mark.parametrize(
    ("key", "text"),
    [
        *((key, text) for key in (KEY, "Secret-Of-A-Test-77") for text in ANY_KEY),
        *((KEY, text) for text in ("[profile.'{key}']\nx = 1", "url = '{key}'", "connect-timeout = '{key}'")),
    ],
)
def test_nowhere_in_a_settings_file(key: str, text: str) -> None:
    file = Path(os.environ["XDG_CONFIG_HOME"]) / "idxstream" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_text(text.replace("{key}", key))
    for command in (["config", "show", "-vv"], ["watch", "--all", "--url", "ws://127.0.0.1:1", "-vv"], ["doctor"]):
        done = said(*command, "--reconnect", "never") if command[0] == "watch" else said(*command, "--url", "x")
        assert key not in done.out.text + done.err.text


@pytest.mark.parametrize("key", [b"\xff\xfekey-of-bytes", "ключ-ключ".encode()])
def test_a_key_that_is_no_ascii(key: bytes) -> None:
    done = said("watch", "--all", "-v", env={"COINAPI_KEY": os.fsdecode(key)})
    assert done.process.returncode == 3
    assert done.err.text.startswith("idxstream: the API key holds white space or characters outside ASCII")
