"""Files that are read whole at the start may be pipes, devices and folders: none hangs, none is read without an end."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import trustme

from coinapi_idx_cli import paths
from coinapi_idx_cli.cli import run
from coinapi_idx_cli.paths import read_small
from tests.certificates import tls_simulator
from tests.harness import COMMAND, GENEROUS_S, Running, environment

KEY = "4F1C0FFE-5ECR-37KE-Y000-0123456789AB"
# What reads a small file, and with which code it ends when it cannot.
READERS = {
    "--api-key-file": 3,
    "COINAPI_KEY_FILE": 3,
    "--config": 2,
    "--ids-from": 2,
    "--ca-file": 2,
}


def code_of(reader: str, path: Path | str, monkeypatch: pytest.MonkeyPatch) -> int:
    arguments = ["watch", "--url", "wss://no-such-host.invalid", "--give-up-after", "1ms"]
    if not reader.startswith("--"):
        monkeypatch.setenv(reader, str(path))
    else:
        arguments += [reader, str(path)]
    if "KEY" not in reader.upper():
        arguments += ["--api-key", KEY]
    return run([*arguments, *([] if reader == "--ids-from" else ["--all"])])


@pytest.mark.parametrize("reader", READERS)
def test_a_fifo_that_nobody_writes_to_is_given_up(
    reader: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    monkeypatch.setattr(paths, "PATIENCE_S", 0.05)
    assert code_of(reader, fifo, monkeypatch) == READERS[reader]
    told = capsys.readouterr().err
    assert f"{fifo}: nothing was written to it within 0.05 s" in told, told


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(("path", "why"), [("/dev/zero", "it is larger than"), ("/", "Is a directory")])
def test_devices_without_an_end_and_folders_are_refused(
    reader: str, path: str, why: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert code_of(reader, path, monkeypatch) == READERS[reader]
    told = capsys.readouterr().err
    assert f"{path}: {why}" in told, told


def test_ids_on_a_stdin_without_an_end_are_refused() -> None:
    with Path("/dev/zero").open("rb") as zeros:
        command = [*COMMAND, "watch", "--ids-from", "-", "--url", "ws://127.0.0.1:1"]
        done = subprocess.run(command, stdin=zeros, capture_output=True, env=environment(), timeout=GENEROUS_S)
    assert (done.returncode, b"it is larger than" in done.stderr) == (2, True)


def test_what_a_shell_substitutes_is_read_to_its_end(authority: trustme.CA, ca_file: Path) -> None:
    """Each of them is a pipe, and one of them is written late and in parts."""
    with tls_simulator(authority, "localhost") as sim:
        script = (
            '"$@" --url "$URL" -n 1 -f ndjson --config <(echo "header = false") --ca-file <(cat "$CA") '
            '--api-key-file <(printf 4F1C0FFE-5ECR; sleep 0.1; echo -37KE-Y000-0123456789AB) --ids-from <(echo "$ID")'
        )
        env = environment({"URL": sim.url, "CA": str(ca_file), "ID": sim.index_ids[0]})
        command = ["bash", "-c", script, "bash", *COMMAND, "watch"]
        done = subprocess.run(command, capture_output=True, env=env, timeout=GENEROUS_S)
        peer = sim.wait_for_peer()
    assert (done.returncode, done.stderr) == (0, b"")
    assert sim.index_ids[0].encode() in done.stdout
    assert peer.headers["X-CoinAPI-Key"] == KEY


def test_the_file_of_the_trust_may_go_away_in_a_run(authority: trustme.CA, ca_file: Path) -> None:
    """It is read once, at the start, and what was in it is good for each connection that is opened later."""
    with (
        tls_simulator(authority, "localhost") as sim,
        Running("watch", "--all", "--url", sim.url, "--ca-file", str(ca_file), "-f", "ndjson") as running,
    ):
        running.out.wait_for(1)
        ca_file.unlink()
        before = len(running.out.lines)
        sim.wait_for_peer().cut()
        sim.wait_for_peer(2)
        running.out.wait_for(before + 50)
        running.interrupt()
        assert running.wait() == 130


def test_a_bundle_may_hold_comments_in_any_language(authority: trustme.CA, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.pem"
    comment = "# Autorit\u00e9 Racine\n====\n".encode()
    bundle.write_bytes(comment + b"# \xff\n" + authority.cert_pem.bytes() + comment + trustme.CA().cert_pem.bytes())
    with tls_simulator(authority, "localhost") as sim:
        assert run(["indexes", "--rest-url", sim.rest_url, "--ca-file", str(bundle)]) == 0


def test_a_file_is_read_to_its_limit(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * 2048)
    assert read_small(path, 2048) == b"x" * 2048
    with pytest.raises(OSError, match="it is larger than 1 KiB"):
        read_small(path, 1024)
    assert read_small(Path(os.devnull), 10) == b""


def test_the_whole_of_it_is_bounded_in_time_not_each_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    script = 'exec 3>"$1"; while printf x >&3; do sleep 0.01; done 2>/dev/null'
    with subprocess.Popen(["bash", "-c", script, "bash", str(fifo)], stderr=subprocess.DEVNULL) as writer:
        with pytest.raises(TimeoutError):
            read_small(fifo, 1 << 20, 0.3)
        writer.kill()
