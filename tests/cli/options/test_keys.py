"""The API key from the settings file and from the keyring: which one is taken, and that none is shown."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from coinapi_idx_cli.simulator import Simulator
from tests.cli.watch.test_secrecy import FORMS, KEY
from tests.completions.terminal import Terminal
from tests.harness import COMMAND, Running, environment, run
from tests.transport.servers import answering

IN_A_FILE = {"PYTHON_KEYRING_BACKEND": "keyrings.alt.file.PlaintextKeyring"}
NOWHERE = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
TO_THE_VENDOR = ("watch", "--all", "--reconnect", "never", "--connect-timeout", "1ms")


@pytest.fixture
def file() -> Path:
    """The platform's settings file, for this user only."""
    path = Path(os.environ["XDG_CONFIG_HOME"]) / "idxstream" / "config.toml"
    path.parent.mkdir(parents=True)
    path.touch(mode=0o600)
    return path


def store(key: str, *arguments: str) -> Running:
    done = run("config", "set-key", *arguments, env=IN_A_FILE, stdin=f"{key}\n".encode())
    assert done.process.returncode == 0, done.err.text
    return done


def key_line(*arguments: str, env: dict[str, str] | None = None) -> str:
    done = run("config", "show", *arguments, env=env)
    return next(line for line in done.out.lines if line.startswith("# api-key:"))


def test_which_key_is_taken(file: Path, tmp_path: Path) -> None:
    key_file = tmp_path / "key"
    key_file.write_text("key-of-the-file\n")
    key_file.chmod(0o600)
    store("key-of-the-keyring")
    assert key_line(env=IN_A_FILE) == "# api-key: *** from the keyring, entry default"
    file.write_text(f"api-key-file = '{key_file}'\n[profile.paper]\napi-key = 'key-of-paper'\n")
    assert key_line(env=IN_A_FILE) == f"# api-key: *** from {key_file}, api-key-file in {file}"
    assert key_line("--profile", "paper") == f"# api-key: *** from api-key in profile paper in {file}"
    env = {"COINAPI_KEY_FILE": str(key_file), "COINAPI_KEY": ""}
    assert key_line(env=env) == f"# api-key: *** from COINAPI_KEY_FILE {key_file}"
    assert key_line(env={**env, "COINAPI_KEY": "key-of-the-environment"}) == "# api-key: *** from COINAPI_KEY"


def test_the_key_of_the_settings_file_goes_to_the_server(file: Path) -> None:
    file.write_text("api-key = 'key-of-the-settings'")
    with Simulator(rate=0) as sim, Running("watch", "--all", "--url", sim.url):
        assert sim.wait_for_peer().headers["X-CoinAPI-Key"] == "key-of-the-settings"
    with Simulator(rate=0) as sim, Running("watch", "--all", "--url", sim.url, "--api-key", "key-of-the-flag"):
        assert sim.wait_for_peer().headers["X-CoinAPI-Key"] == "key-of-the-flag"


def test_a_settings_file_with_a_key_that_others_can_read_gets_a_warning(file: Path) -> None:
    file.write_text("api-key = 'key-of-the-settings'")
    file.chmod(0o644)
    warning = f"idxstream: warning: other users can read {file}, which holds the key; run chmod 600 on it"
    with answering(b"HTTP/1.1 403 No\r\n\r\n") as port:
        done = run("watch", "--all", "--url", f"ws://127.0.0.1:{port}")
        assert done.err.lines[0] == warning
        assert "others" not in run("watch", "--all", "--url", f"ws://127.0.0.1:{port}", "--api-key", "x").err.text


def test_each_profile_can_have_its_key_in_the_keyring(file: Path) -> None:
    file.write_text("[profile.paper]\n[profile.live]\n")
    store("key-for-all")
    done = store("key-for-paper", "--profile", "paper")
    assert done.err.text == (
        "idxstream: the key is in the keyring (file PlaintextKeyring, entry paper); "
        "--api-key, COINAPI_KEY and the settings file take precedence"
    )
    assert key_line("--profile", "paper", env=IN_A_FILE).endswith("entry paper")
    assert key_line("--profile", "live", env=IN_A_FILE).endswith("entry default")


def test_the_keyring_is_left_alone_when_no_key_is_needed() -> None:
    for arguments in (["--demo"], ["--url", "ws://127.0.0.1:1", "--reconnect", "never"]):
        assert "keyring" not in run("watch", "--all", "-n", "1", *arguments, env=NOWHERE).err.text


def test_that_there_is_no_keyring_is_told_with_v_and_by_doctor_alone() -> None:
    nothing = "cannot read the keyring: this machine has no keyring"
    quiet, told = run(*TO_THE_VENDOR, env=NOWHERE), run(*TO_THE_VENDOR, "-v", env=NOWHERE)
    (error,) = quiet.err.lines
    assert (quiet.process.returncode, "keyring" in error) == (3, False)  # nor is it advised to use one
    assert told.err.lines == [f"idxstream: {nothing}", error]
    assert nothing in run("doctor", "-f", "ndjson", env=NOWHERE).out.text


def test_a_keyring_that_fails_is_a_warning() -> None:
    done = run(*TO_THE_VENDOR, env={"PYTHON_KEYRING_BACKEND": "no.such.Backend"})
    assert done.process.returncode == 3
    assert done.err.lines[0].startswith("idxstream: warning: cannot read the keyring: ")


def test_a_key_cannot_be_stored() -> None:
    nothing = run("config", "set-key", env=IN_A_FILE)
    assert (nothing.process.returncode, nothing.err.text.split(";")[0]) == (2, "idxstream: no key was entered")
    for backend, code, words in ((NOWHERE, 3, "this machine has no keyring"), ({}, 3, "did not store the key")):
        done = run("config", "set-key", env=backend, stdin=KEY.encode())
        assert (done.process.returncode, words in done.err.text) == (code, True), done.err.text
    spaced = run("config", "set-key", env=IN_A_FILE, stdin=b"two words")
    assert (spaced.process.returncode, "two words" in spaced.err.text) == (3, False)
    as_argument = run("config", "set-key", KEY, env=IN_A_FILE)
    assert as_argument.process.returncode == 2
    assert key_line(env=IN_A_FILE) == "# api-key: none"


def test_without_the_package(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.util as util\nreal = util.find_spec\n"
        "util.find_spec = lambda name, *more: None if name == 'keyring' else real(name, *more)\n"
    )
    env = {"PYTHONPATH": f"{tmp_path}:{environment()['PYTHONPATH']}"}
    done = run("config", "set-key", env=env)
    assert (done.process.returncode, done.err.text.split("; ")[1]) == (2, "pip install 'idxstream[keyring]'")
    assert run(*TO_THE_VENDOR, env=env).process.returncode == 3


def asking(tmp_path: Path) -> Terminal:
    command = f"{' '.join(COMMAND)} config set-key; echo ended $?; stty -a | grep -o -- '-*echo '"
    return Terminal(["bash", "-c", command], {**environment(IN_A_FILE), "TERM": "vt100"}, tmp_path)


def test_a_terminal_is_asked_without_an_echo(tmp_path: Path) -> None:
    with asking(tmp_path) as terminal:
        terminal.wait_for("CoinAPI key")
        terminal.type(f"{KEY}\r")
        screen = terminal.wait_for("ended 0\necho")
    assert KEY[:6] not in screen
    assert key_line(env=IN_A_FILE).endswith("entry default")


@pytest.mark.parametrize(("keys", "code"), [("\x03", 130), ("\x04", 2), ("\r", 2)])
def test_no_key_is_given_at_the_terminal(keys: str, code: int, tmp_path: Path) -> None:
    with asking(tmp_path) as terminal:
        terminal.wait_for("CoinAPI key")
        terminal.type(keys)
        screen = terminal.wait_for(f"ended {code}\necho")
    assert "Traceback" not in screen


@pytest.mark.parametrize("way", ["settings", "keyring"])
def test_no_failing_path_lets_the_key_out(way: str, file: Path, tmp_path: Path) -> None:
    log = tmp_path / "events"
    if way == "settings":
        file.write_text(f"[profile.other]\napi-key = '{KEY}'\n")
    else:
        store(KEY, "--profile", "other")
        file.write_text("[profile.other]\n")
    echo = f"HTTP/1.1 401 Unauthorized {KEY}\r\nContent-Length: {len(KEY)}\r\n\r\n{KEY}"
    with answering(echo.encode()) as port:  # no loopback by its name, so that the keyring is asked
        arguments = ["--url", f"ws://0.0.0.0:{port}", "--allow-plaintext", "--event-log", str(log)]
        done = run("watch", "--all", "-vv", "--profile", "other", *arguments, env=IN_A_FILE)
    assert done.process.returncode == 3
    everything = done.out.text + done.err.text + log.read_text()
    assert "***" in everything
    for form in FORMS:
        assert form not in everything, everything


@pytest.mark.parametrize(
    "text",
    ["api-key = '{key}", "api-key = '{key}'\ncounts = 1", "apikey = '{key}'", "api-key = ['{key}']", "{key}",
     "api-key = {key}", "api-key = '{key}'\napi-key = '{key}'", "api-key = '{key}'\nurl = 'wss://me:{key}@a.example'",
     "[profile.x]\napi-key = '{key}'\ncount = '{key}'", "api-key = '{key}'\nall = '{key}'"],
)  # fmt: skip
def test_no_mistake_in_the_settings_file_lets_its_key_out(file: Path, text: str) -> None:
    file.write_text(text.replace("{key}", KEY))
    for command in (["watch", "--all", "-vv"], ["config", "show", "-vv"], ["watch", "--config", str(file), "--help"]):
        arguments = [*command, "--profile", "x"] if "profile" in text and command[0] == "watch" else command
        done = run(*arguments)
        for form in FORMS:
            assert form not in done.out.text + done.err.text, done.err.text


def test_the_package_is_loaded_only_to_ask_the_keyring() -> None:
    code = "import sys, coinapi_idx_cli.cli as c; c.run(['watch', '--demo', '-n1']); sys.exit('keyring' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True).returncode == 0
