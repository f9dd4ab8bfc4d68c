"""The key: where it is found, and that it cannot get out by accident."""

from __future__ import annotations

import base64
import copy
import pickle
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinapi_idx_cli.credentials.api_key import ApiKey, find_key
from coinapi_idx_cli.credentials.redactor import Redactor
from coinapi_idx_cli.errors import CredentialsError, UsageError

SECRET = "8F3A6B1C-2d4e/4f60+9a7b=ABCDEF"


def test_a_key_does_not_print_itself() -> None:
    key = ApiKey(SECRET)
    for text in (repr(key), str(key), f"{key}", f"{key!r:>40}", str([key]), str({"key": key})):
        assert SECRET not in text
    assert key.reveal() == SECRET


def test_a_key_is_not_pickled_or_copied() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(ApiKey(SECRET))
    with pytest.raises(TypeError):
        copy.copy(ApiKey(SECRET))


@pytest.mark.parametrize("bad", ["", "two words", "line\nend", "k\xf6nig", "tab\t"])
def test_what_cannot_stand_in_a_header_is_refused_without_being_shown(bad: str) -> None:
    with pytest.raises(CredentialsError) as caught:
        ApiKey(bad)
    assert not bad or bad not in str(caught.value)


@pytest.mark.parametrize(
    "echo",
    [
        SECRET,
        quote(SECRET, safe=""),
        base64.b64encode(SECRET.encode()).decode(),
        base64.b64encode(b"user:" + SECRET.encode()).decode(),
        base64.b64encode(b":" + SECRET.encode()).decode(),
        SECRET.replace("/", "\\/"),
    ],
)
def test_the_redactor_finds_the_key_in_the_forms_that_http_gives_it(echo: str) -> None:
    cleaned = Redactor([SECRET]).clean(f"the server said <{echo}> to us")
    assert "***" in cleaned
    assert SECRET[4:-4] not in cleaned
    middle = base64.b64encode(SECRET.encode()).decode()[8:-8]
    assert middle not in cleaned


@given(st.binary())
def test_innocent_bytes_pass_untouched(data: bytes) -> None:
    assert Redactor([SECRET]).clean_bytes(data) is data
    assert Redactor([]).clean_bytes(data) is data


def test_flag_beats_environment(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("from-file\n")
    file.chmod(0o600)
    environment = {"COINAPI_KEY": "from-environment", "COINAPI_KEY_FILE": str(file)}
    assert _found("flag", None, environment) == "flag"
    assert _found(None, file, environment) == "from-file"
    assert _found(None, None, environment) == "from-environment"
    assert _found(None, None, {"COINAPI_KEY_FILE": str(file)}) == "from-file"
    assert find_key(None, None, {}) == (None, [])


def _found(flag: str | None, file: Path | None, environment: dict[str, str]) -> str:
    key, _ = find_key(flag, file, environment)
    assert key is not None
    return key.reveal()


def test_both_flags_contradict() -> None:
    with pytest.raises(UsageError):
        find_key("a", Path("b"), {})


def test_a_key_file_that_others_can_read_gets_a_warning(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("secret")
    file.chmod(0o644)
    _, (warning,) = find_key(None, file, {})
    assert "chmod 600" in warning
    file.chmod(0o600)
    assert find_key(None, file, {})[1] == []


def test_a_key_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CredentialsError, match="cannot read the key file"):
        find_key(None, tmp_path / "none", {})
