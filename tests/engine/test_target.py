"""Which engine and which stream a URL means, and credentials from files; a secret is in no message."""

from __future__ import annotations

from pathlib import Path

import pytest

from coinapi_idx_cli.engine.credentials_files import credentials_of
from coinapi_idx_cli.engine.target import EngineCredentials, connect_options, is_engine, parse_target
from coinapi_idx_cli.errors import CredentialsError, UsageError

SECRET = "correct-horse-battery"


def test_a_url_names_servers_and_a_stream() -> None:
    target = parse_target("-o", "nats://a.example:1,b.example/IDX")
    assert [server.name for server in target.servers] == ["a.example:1", "b.example:4222"]
    assert (target.stream, target.name) == ("IDX", "a.example:1,b.example:4222/IDX")
    assert not target.servers[0].secure
    assert parse_target("-o", "tls+nats://[::1]:7/x").servers[0].secure
    assert [is_engine(url) for url in ("NATS://h/s", "tls+nats://h/s", "nats", "ws://h")] == [True, True, False, False]


@pytest.mark.parametrize(
    "url",
    [
        "nats://host",
        "nats://host/",
        "nats://host/a.b",
        "nats://host/a/b",
        "nats:///stream",
        "nats://a,,b/stream",
        "nats://host:99999/stream",
        f"nats://user:{SECRET}@host/stream",
        f"nats://{SECRET}@host/stream",
        f"nats://{SECRET} x/stream",
    ],
)
def test_what_is_not_one_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_target("-o", url)
    assert SECRET not in str(caught.value)


def test_credentials_are_in_no_text() -> None:
    credentials = EngineCredentials(user="u", password=SECRET)
    target = parse_target("-o", "nats://h/s", credentials=credentials)
    assert SECRET not in f"{target!r} {credentials!r}"
    assert target.redactor.clean(f"it said {SECRET}") == "it said ***"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (f"me:{SECRET}\n", EngineCredentials(user="me", password=SECRET)),
        ("a:b:c", EngineCredentials(user="a", password="b:c")),
        (f"{SECRET}\n", EngineCredentials(token=SECRET)),
    ],
)
def test_one_line_is_user_and_password_or_a_token(tmp_path: Path, text: str, wanted: EngineCredentials) -> None:
    path = tmp_path / "user"
    path.write_text(text)
    path.chmod(0o600)
    warnings: list[str] = []
    assert credentials_of(path, None, warnings.append, {}) == wanted
    assert credentials_of(None, None, warnings.append, {"IDXSTREAM_ENGINE_USER": text.strip()}) == wanted
    assert warnings == []
    path.chmod(0o644)
    credentials_of(path, None, warnings.append, {})
    assert len(warnings) == 1
    assert credentials_of(None, None, warnings.append, {}) == EngineCredentials()


@pytest.mark.parametrize("text", ["", "\n", "a:b\nc:d", "a\x1b:b"])
def test_a_file_that_holds_something_else_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "user"
    path.write_text(text)
    with pytest.raises(CredentialsError):
        credentials_of(path, None, lambda _: None, {})
    with pytest.raises(CredentialsError):
        credentials_of(tmp_path / "nothing", None, lambda _: None, {})


def test_nats_credentials_have_a_claim_and_a_seed(tmp_path: Path) -> None:
    path = tmp_path / "me.creds"
    path.write_text(
        "-----BEGIN NATS USER JWT-----\neyJ0.a.b\n------END NATS USER JWT------\n\n"
        "-----BEGIN USER NKEY SEED-----\nSUANQ\n------END USER NKEY SEED------\n"
    )
    assert credentials_of(None, path, lambda _: None, {}) == EngineCredentials(jwt="eyJ0.a.b", seed="SUANQ")
    path.write_text("nothing")
    with pytest.raises(CredentialsError):
        credentials_of(None, path, lambda _: None, {})


def test_a_seed_that_is_not_one_is_refused_without_repeating_it() -> None:
    with pytest.raises(UsageError) as caught:
        connect_options(EngineCredentials(jwt="x", seed=SECRET), {"nonce": "n"}, "me")
    assert SECRET not in str(caught.value)
