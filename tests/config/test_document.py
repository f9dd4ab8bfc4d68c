"""Where the settings file is, and how its parts go together."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinapi_idx_cli.config.document import Document
from coinapi_idx_cli.config.place import config_place
from coinapi_idx_cli.config.profile_choice import Setting, with_profile
from coinapi_idx_cli.config.toml_text import as_toml
from coinapi_idx_cli.errors import UsageError


@pytest.mark.parametrize(
    ("environment", "platform", "path"),
    [
        ({"HOME": "/home/me"}, "linux", "/home/me/.config/idxstream/config.toml"),
        ({"HOME": "/home/me", "XDG_CONFIG_HOME": "/etc/me"}, "linux", "/etc/me/idxstream/config.toml"),
        ({"HOME": "/home/me", "XDG_CONFIG_HOME": ""}, "linux", "/home/me/.config/idxstream/config.toml"),
        ({"HOME": "/home/me", "XDG_CONFIG_HOME": "rel"}, "linux", "/home/me/.config/idxstream/config.toml"),
        (
            {"HOME": "/Users/me", "XDG_CONFIG_HOME": "/etc/me"},
            "darwin",
            "/Users/me/Library/Application Support/idxstream/config.toml",
        ),
    ],
)
def test_the_platforms_place(environment: dict[str, str], platform: str, path: str) -> None:
    assert config_place(None, environment, platform) == (Path(path), None)


CONTRADICTIONS = [{"demo", "url"}, {"all", "ids-from"}, {"api-key", "api-key-file"}]


def chosen(document: Document, profile: str | None) -> dict[str, Setting]:
    def rivals(name: str) -> set[str]:
        return {other for pair in CONTRADICTIONS if name in pair for other in pair - {name}}

    return with_profile(document, profile, rivals, rivals)


def test_a_file_that_is_named() -> None:
    environment = {"HOME": "/home/me", "IDXSTREAM_CONFIG": "/a.toml"}
    assert config_place(None, environment) == (Path("/a.toml"), "IDXSTREAM_CONFIG")
    assert config_place("/b.toml", environment) == (Path("/b.toml"), "--config")
    assert config_place(None, {"HOME": "/home/me", "IDXSTREAM_CONFIG": ""}).named_by is None


def test_what_a_profile_contradicts_gives_way() -> None:
    top: dict[str, Any] = {"url": "wss://a", "ids-from": "ids", "api-key": "k", "count": 1}
    paper = {"demo": True, "all": False, "api-key-file": "file"}
    settings = chosen(Document("c.toml", top, {"paper": paper}, {}), "paper")
    origin = "profile paper in c.toml"
    assert settings == {
        "ids-from": Setting("ids", "c.toml"),
        "count": Setting(1, "c.toml"),
        "demo": Setting(value=True, origin=origin),
        "all": Setting(value=False, origin=origin),
        "api-key-file": Setting("file", origin),
    }


def test_a_section_that_contradicts_itself() -> None:
    both = {"api-key": "k", "api-key-file": "file"}
    with pytest.raises(UsageError, match="contradict"):
        chosen(Document("c.toml", both, {}, {}), None)
    with pytest.raises(UsageError, match="in profile paper in"):
        chosen(Document("c.toml", {}, {"paper": both}, {}), "paper")
    assert chosen(Document("c.toml", {"demo": False, "url": "wss://a"}, {"paper": both}, {}), None)


values = (
    st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.dates() | st.times() | st.datetimes()
)


@given(
    st.recursive(values, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=5)
)
def test_values_are_written_as_toml_reads_them(value: Any) -> None:
    written = as_toml(value)
    assert written.isprintable()
    assert tomllib.loads(f"a = {written}") == {"a": value}


def test_bytes_that_are_no_text_do_not_spoil_the_file() -> None:
    assert as_toml("b\udcff") == r'"b\ufffd"'
