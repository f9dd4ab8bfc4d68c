"""What an installed wheel puts beside the program: completions and the manual page, found by real shells and man."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.completions.needed import installed
from tests.completions.shells import BASH_COMPLETION, WITH_PACKAGE, Shell
from tests.documents import ROOT, blocks
from tests.harness import GENEROUS_S, environment
from tests.plugins.packages import OFFLINE, PIP

MADE = {
    "share/bash-completion/completions/idxstream": "completions/idxstream.bash",
    "share/zsh/site-functions/_idxstream": "completions/_idxstream",
    "share/fish/vendor_completions.d/idxstream.fish": "completions/idxstream.fish",
    "share/man/man1/idxstream.1": "manual/idxstream.1",
}


def done(*command: str | Path, **env: str) -> str:
    ended = subprocess.run(
        command, cwd=ROOT, env=environment(env), capture_output=True, text=True, timeout=GENEROUS_S, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@pytest.fixture(scope="module")
def prefix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the wheel is installed, made from the source distribution."""
    folder = tmp_path_factory.mktemp("wheel")
    done(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", folder)
    (source,) = folder.glob("*.tar.gz")
    # Not what is installed already: pip would take that away.
    done(*PIP, "install", *OFFLINE, "--ignore-installed", "--no-compile", "--prefix", folder / "prefix", source)
    return folder / "prefix"


def links_as_documented(prefix: Path, home: Path) -> Path:
    """The share folder that the lines for pipx fill with links."""
    (lines,) = (block for block in blocks("sh") if "pipx environment" in block)
    (home / "pipx/idxstream").parent.mkdir(parents=True)
    (home / "pipx/idxstream").symlink_to(prefix)
    answers = f'[ "$*" = "environment --value PIPX_LOCAL_VENVS" ] && echo {home}/pipx'
    (home / "pipx/pipx").write_text(f"#!/bin/sh\n{answers}\n")
    (home / "pipx/pipx").chmod(0o755)
    done("bash", "-ec", lines, HOME=str(home), PATH=f"{home}/pipx:{environment()['PATH']}")
    return home / ".local/share"


def test_the_files_are_where_shells_and_man_look(prefix: Path) -> None:
    there = {str(path.relative_to(prefix)) for path in (prefix / "share").rglob("*") if path.is_file()}
    assert there == set(MADE)
    assert all((prefix / name).read_bytes() == (ROOT / source).read_bytes() for name, source in MADE.items())


def test_by_hand_they_come_to_the_same_places(tmp_path: Path) -> None:
    (lines,) = (block for block in blocks("sh") if "install -Dm644" in block)
    done("bash", "-ec", lines, HOME=str(tmp_path))
    for name, source in MADE.items():
        assert (tmp_path / ".local" / name).read_bytes() == (ROOT / source).read_bytes()


def test_man_finds_the_page(prefix: Path) -> None:
    page = prefix / "share/man/man1/idxstream.1"
    if shutil.which("man"):
        assert done("man", "-M", prefix / "share/man", "-w", "idxstream").strip() == str(page)
        assert done("man", "-w", "idxstream", PATH=f"{prefix}/bin:/usr/bin:/bin").strip() == str(page)
    assert page.is_file()


@pytest.mark.parametrize("linked", [False, True], ids=["below a prefix", "linked as documented"])
@pytest.mark.parametrize("name", sorted(WITH_PACKAGE))
def test_the_shell_completes(name: str, linked: bool, prefix: Path, tmp_path: Path) -> None:
    if name == "bash" and not BASH_COMPLETION.exists():
        pytest.skip("bash-completion is not installed")
    share = prefix / "share"
    if linked:
        links = links_as_documented(prefix, tmp_path)
        (tmp_path / "data").symlink_to(links)  # what XDG_DATA_HOME is in these shells
        share = links if name == "zsh" else tmp_path / "nothing"
    shell = Shell(installed(name), tmp_path, share, WITH_PACKAGE)
    with shell.terminal:
        assert shell.runs("wat\t --auth q\t --no-hearta\x7f\t") == "[watch][--auth][query][--no-heartbeat]"
    assert not shell.started_python()
