"""What a server says by TLS is told in words, with the code for what cannot be mended by trying again."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import trustme

from coinapi_idx_cli.cli import run
from tests.bench.blaster import greet
from tests.bench.messages import frames
from tests.certificates import server_context
from tests.transport.servers import serving

KEY = "4F1C0FFE-5ECR-37KE-Y000-0123456789AB"
COMMANDS = ("watch", "indexes", "doctor")
NOT_FOR_PEOPLE = ("_ssl.c", "[SSL", "Errno", "SSLV3", "TLSV1")


def said(command: str, port: int, ca_file: Path | None, capfd: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """The exit code, and the words: of doctor those of its step `tls` or `upgrade`, whichever failed."""
    words = {"watch": ["--all", "--reconnect", "never"], "indexes": [], "doctor": ["-f", "ndjson"]}[command]
    urls = ["--url", f"wss://localhost:{port}", "--rest-url", f"https://localhost:{port}", "--api-key", KEY]
    code = run([command, *words, *urls, *(["--ca-file", str(ca_file)] if ca_file else [])])
    told = capfd.readouterr()
    assert not any(word in told.out + told.err for word in NOT_FOR_PEOPLE), told
    if command != "doctor":
        return code, told.err
    steps = [json.loads(line) for line in told.out.splitlines()]
    bad = next(step for step in steps if step["ok"] is False)
    assert bad["step"] in ("tls", "upgrade"), bad
    return code, f"{bad['detail']}; {bad['hint']}"


@contextmanager
def alerting(description: int) -> Iterator[int]:
    """A server that answers the first message of TLS with a fatal alert (RFC 8446, 6)."""

    def handle(peer: socket.socket) -> None:
        peer.recv(4096)
        peer.sendall(bytes([0x15, 3, 3, 0, 2, 2, description]))
        with suppress(OSError):
            peer.recv(100)

    with serving(handle) as port:
        yield port


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("description", "words"),
    [
        (40, "found no cipher that both sides have, or demands a client certificate"),
        (42, "demands a client certificate"),
        (48, "does not accept the issuer"),
        (49, "denies access by TLS"),
        (70, "does not speak the same version of TLS"),
        (71, "requires stronger ciphers"),
        (112, "does not know the name localhost"),
        (116, "demands a client certificate"),
    ],
)
def test_an_alert_is_final_and_told_in_words(
    command: str, description: int, words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with alerting(description) as port:
        code, told = said(command, port, None, capfd)
    assert (code, words in told) == (4, True), told


@pytest.mark.parametrize("command", ["watch", "doctor"])
@pytest.mark.parametrize(("description", "words"), [(80, "internal error"), (20, "bad record mac"), (22, "overflow")])
def test_one_that_may_pass_is_tried_again(
    command: str, description: int, words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with alerting(description) as port:
        code, told = said(command, port, None, capfd)
    assert (code, "TLS failed (" in told, words in told) == (5, True, True), told


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_client_certificate_is_demanded(
    command: str,
    version: ssl.TLSVersion,
    authority: trustme.CA,
    ca_file: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """By TLS 1.3 that is known only after the handshake."""
    context = server_context(authority, "localhost")
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cafile=ca_file)
    context.maximum_version = version

    def handle(plain: socket.socket) -> None:
        with suppress(OSError), context.wrap_socket(plain, server_side=True) as peer:
            peer.recv(4096)

    with serving(handle) as port:
        code, told = said(command, port, ca_file, capfd)
    assert (code, "demands a client certificate" in told) == (4, True), told


@pytest.mark.parametrize("command", COMMANDS)
def test_a_name_that_the_server_does_not_know(
    command: str, authority: trustme.CA, ca_file: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    context = server_context(authority, "localhost")
    context.sni_callback = lambda *_: ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME

    def handle(plain: socket.socket) -> None:
        with suppress(OSError), context.wrap_socket(plain, server_side=True):
            pass

    with serving(handle) as port:
        code, told = said(command, port, ca_file, capfd)
    assert (code, "does not know the name localhost" in told) == (4, True), told


def test_a_connection_that_is_cut_within_tls_is_told_in_words(
    authority: trustme.CA, ca_file: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    context = server_context(authority, "localhost")

    def handle(plain: socket.socket) -> None:
        raw = plain.dup()
        peer = context.wrap_socket(plain, server_side=True)
        greet(peer)
        peer.sendall(frames(1)[0])
        raw.sendall(b"\x17\x03\x03\x00\x20" + bytes(32))  # a record that does not decrypt
        raw.recv(4096)
        raw.close()
        peer.close()

    with serving(handle) as port:
        code, told = said("watch", port, ca_file, capfd)
    assert (code, "cut the connection: TLS failed (" in told) == (5, True), told
