"""Connections to real servers: credentials, TLS, permissions, and what is there instead of an engine."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import threading
from contextlib import suppress
from pathlib import Path

import nkeys
import pytest
import trustme

from coinapi_idx_cli.engine.conversation import EngineConversation
from coinapi_idx_cli.engine.link import open_link
from coinapi_idx_cli.engine.target import EngineCredentials, EngineTarget, parse_target
from coinapi_idx_cli.errors import (
    ConnectionLostError,
    CredentialsError,
    IdxstreamError,
    RefusedError,
    UsageError,
)
from coinapi_idx_cli.net.tls import Trust
from tests.engine.nats_server import NatsServer

SECRET = "correct-horse-battery"
USERS = f"""
authorization {{ users: [
  {{ user: "writer", password: "{SECRET}" }},
  {{ user: "reader", password: "r", permissions: {{ publish: ["$JS.API.STREAM.INFO.*"], subscribe: ["_INBOX.>"] }} }},
] }}
"""


def target(server: NatsServer, credentials: EngineCredentials | None = None, **more: object) -> EngineTarget:
    return parse_target("-o", f"{server.url}/s", credentials=credentials, **more)  # type: ignore[arg-type]


def connect(to: EngineTarget) -> None:
    open_link(to, to.servers[0], "test").close()


def test_user_and_password_open_a_server_and_others_do_not() -> None:
    with NatsServer(USERS) as server:
        connect(target(server, EngineCredentials(user="writer", password=SECRET)))
        for wrong in (None, EngineCredentials(user="writer", password="wrong-password"), EngineCredentials(token="t")):
            with pytest.raises(CredentialsError) as caught:
                connect(target(server, wrong))
            assert "--engine-user-file" in str(caught.value)
            assert "wrong-password" not in str(caught.value)


def test_what_is_not_permitted_is_named() -> None:
    with NatsServer(USERS) as server:
        reader = target(server, EngineCredentials(user="reader", password="r"))
        with EngineConversation(reader) as conversation, pytest.raises(CredentialsError) as caught:
            conversation.create(replicas=1, max_age_s=None, max_bytes=None)
        assert "STREAM.CREATE.s" in str(caught.value)


def test_a_token_opens_a_server() -> None:
    with NatsServer(f'authorization {{ token: "{SECRET}" }}') as server:
        connect(target(server, EngineCredentials(token=SECRET)))
        with pytest.raises(CredentialsError):
            connect(target(server))


def claim(signer: nkeys.KeyPair, subject: str, name: str, nats: dict[str, object]) -> str:
    body = {"jti": "", "iat": 1, "iss": signer.public_key.decode(), "name": name, "sub": subject, "nats": nats}
    digest = hashlib.sha256(json.dumps(body).encode()).digest()
    body["jti"] = base64.b32encode(digest).decode().rstrip("=")
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")
        for part in ({"typ": "JWT", "alg": "ed25519-nkey"}, body)
    ]
    signature = base64.urlsafe_b64encode(signer.sign(b".".join(parts))).rstrip(b"=")
    return b".".join([*parts, signature]).decode()


def key(prefix: int) -> tuple[nkeys.KeyPair, str]:
    """A key pair and its seed."""
    import os

    raw = os.urandom(32)
    header = bytes([nkeys.PREFIX_BYTE_SEED | (prefix >> 5), (prefix & 31) << 3]) + raw
    data = header + nkeys.crc16(header).to_bytes(2, "little")
    seed = base64.b32encode(data).rstrip(b"=")
    return nkeys.from_seed(seed), seed.decode()


def test_nats_credentials_are_signed_with_their_seed() -> None:
    operator, _ = key(nkeys.PREFIX_BYTE_OPERATOR)
    account, _ = key(nkeys.PREFIX_BYTE_ACCOUNT)
    user, seed = key(nkeys.PREFIX_BYTE_USER)
    account_id = account.public_key.decode()
    limits = {"subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1, "conn": -1, "leaf": -1}
    account_claim = claim(operator, account_id, "A", {"limits": limits, "type": "account", "version": 2})
    user_claim = claim(
        account, user.public_key.decode(), "U", {"type": "user", "version": 2, "subs": -1, "payload": -1}
    )
    operator_claim = claim(operator, operator.public_key.decode(), "O", {"type": "operator", "version": 2})
    configuration = (
        f"operator: {operator_claim}\nresolver: MEMORY\nresolver_preload: {{ {account_id}: {account_claim} }}\n"
    )
    with NatsServer(configuration, jetstream=False) as server:
        connect(target(server, EngineCredentials(jwt=user_claim, seed=seed)))
        with pytest.raises(CredentialsError):
            connect(target(server))


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


def tls(authority: trustme.CA, folder: Path) -> str:
    certificate, private = folder / "cert.pem", folder / "key.pem"
    issued = authority.issue_cert("localhost", "127.0.0.1")
    certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    private.write_bytes(issued.private_key_pem.bytes())
    return f'tls {{ cert_file: "{certificate}", key_file: "{private}" }}'


def test_a_server_that_asks_for_tls_gets_it_and_is_verified(tmp_path: Path, authority: trustme.CA) -> None:
    trust = Trust(tmp_path / "ca.pem", authority.cert_pem.bytes().decode())
    with NatsServer(tls(authority, tmp_path)) as server:
        connect(target(server, trust=trust))
        secure = parse_target("-o", f"tls+nats://localhost:{server.port}/s", trust=trust)
        connect(secure)
        with pytest.raises(RefusedError, match="certificate"):
            connect(target(server))


def test_a_server_without_tls_is_refused_where_tls_was_asked_for() -> None:
    with NatsServer() as server, pytest.raises(RefusedError, match="does not offer TLS"):
        connect(parse_target("-o", f"tls+nats://127.0.0.1:{server.port}/s"))


class Impostor:
    """Accepts one connection, says something, and keeps what it hears."""

    def __init__(self, greeting: bytes, *, host: str = "127.0.0.1") -> None:
        self.heard = b""
        self._greeting = greeting
        self._listener = socket.create_server((host, 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Impostor:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        self._thread.join(5)

    def _serve(self) -> None:
        try:
            sock, _ = self._listener.accept()
        except OSError:
            return
        with sock, suppress(OSError):
            sock.sendall(self._greeting)
            sock.settimeout(5)
            while data := sock.recv(4096):
                self.heard += data


@pytest.mark.parametrize(
    ("greeting", "kind"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", RefusedError),
        (b"SSH-2.0-OpenSSH_9.6\r\n", RefusedError),
        (b"INFO nonsense\r\n", RefusedError),
        (b'INFO {"version":"1.4.1"}\r\n', RefusedError),
        (b'INFO {"version":"2.10.0","headers":false}\r\n', RefusedError),
        (b'INFO {"version":"2.10.0","headers":true}\r\nPONG\r\n-ERR \'Maximum Connections Exceeded\'\r\n', None),
    ],
)
def test_what_is_not_an_engine_of_today_is_said(greeting: bytes, kind: type[IdxstreamError] | None) -> None:
    with Impostor(greeting) as impostor:
        to = parse_target("-o", f"nats://127.0.0.1:{impostor.port}/s", credentials=EngineCredentials(token=SECRET))
        with pytest.raises(kind or ConnectionLostError):
            connect(to)
    assert kind is None or impostor.heard == b""


@pytest.fixture
def other_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every address is one of another machine."""
    monkeypatch.setattr("coinapi_idx_cli.engine.link.is_loopback_address", lambda _: False)


@pytest.mark.usefixtures("other_machine")
def test_nothing_goes_to_another_machine_in_the_clear() -> None:
    with Impostor(b'INFO {"version":"2.15.0","headers":true}\r\n') as impostor:
        to = parse_target("-o", f"nats://127.0.0.1:{impostor.port}/s", credentials=EngineCredentials(token=SECRET))
        with pytest.raises(UsageError, match="in the clear"):
            connect(to)
    assert impostor.heard == b""


def test_nobody_there_is_worth_another_attempt() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(ConnectionLostError):
        connect(parse_target("-o", f"nats://127.0.0.1:{port}/s"))


def test_one_that_says_nothing_is_given_up() -> None:
    with Impostor(b"") as impostor, pytest.raises(ConnectionLostError, match="did not answer"):
        connect(parse_target("-o", f"nats://127.0.0.1:{impostor.port}/s", timeout_s=0.1))
