"""A settings file decides where the key goes: who can write to it is asked before that."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from coinapi_idx_cli.cli import run
from coinapi_idx_cli.simulator import Simulator

KEY = "4F1C0FFE-5ECR-37KE-Y000-0123456789AB"


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    folder.mkdir(mode=0o700)
    path = folder / "config.toml"
    path.write_text("")
    path.chmod(0o600)
    return path


def told(settings: Path, text: str, capfd: pytest.CaptureFixture[str], *more: str) -> str:
    settings.write_text(text)
    with Simulator() as sim:
        url = [] if "url" in text else ["--rest-url", sim.rest_url]
        code = run(["indexes", "--config", str(settings), "--api-key", KEY, *url, *more])
    assert code in (0, 5)
    return capfd.readouterr().err


SERVER = "rest-url = 'https://no-such-host.invalid'"


@pytest.mark.parametrize("text", [SERVER, "allow-plaintext = true"])
@pytest.mark.parametrize("mode", [0o602, 0o666])
def test_a_file_that_others_can_write(text: str, mode: int, settings: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert "users can write to" not in told(settings, text, capfd)
    settings.chmod(mode)
    name = text.partition(" ")[0]
    assert f"warning: other users can write to {settings}, which sets {name}; run chmod go-w on it" in told(
        settings, text, capfd
    )


def test_a_folder_that_others_can_write(settings: Path, capfd: pytest.CaptureFixture[str]) -> None:
    settings.parent.chmod(0o777)
    assert f"other users can write to {settings.parent}, " in told(settings, SERVER, capfd)
    settings.parent.chmod(0o1777)  # as /tmp is: nobody else can replace the file
    assert "users can write to" not in told(settings, SERVER, capfd)


def test_a_link_is_followed_to_where_the_file_is(settings: Path, capfd: pytest.CaptureFixture[str]) -> None:
    link = settings.parent / "link.toml"
    link.symlink_to(settings)
    settings.chmod(0o666)
    assert f"other users can write to {link}" in told(link, SERVER, capfd)


def test_a_group_of_ones_own_is_no_others(settings: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """As umask 002 leaves it where each user has a group of the same name."""
    settings.chmod(0o660)
    assert "users can write to" not in told(settings, SERVER, capfd)
    os.chown(settings, -1, 65_533)
    assert "users can write to" in told(settings, SERVER, capfd)


def test_a_file_that_names_no_server_is_left_alone(settings: Path, capfd: pytest.CaptureFixture[str]) -> None:
    settings.chmod(0o666)
    assert "users can write to" not in told(settings, "verbose = 0", capfd)


def test_what_the_command_line_overrules_does_no_harm(settings: Path, capfd: pytest.CaptureFixture[str]) -> None:
    settings.chmod(0o666)
    with Simulator() as sim:
        assert "users can write to" not in told(settings, SERVER, capfd, "--rest-url", sim.rest_url)


def test_config_show_hides_what_may_be_secret_in_a_url(settings: Path, capfd: pytest.CaptureFixture[str]) -> None:
    settings.write_text("url = 'wss://a.example/feed?sig=p4ssw0rd'\n")
    assert run(["config", "show", "--config", str(settings)]) == 0
    shown = capfd.readouterr().out
    assert 'url = "wss://a.example/feed?sig=***"' in shown
    assert "p4ssw0rd" not in shown
