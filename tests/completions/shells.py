"""bash, zsh and fish with nobody's settings, the completion there by hand or from a package, and no Python at hand."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.completions.terminal import Terminal

FILES = Path(__file__).parent.parent.parent / "completions"
PROMPT = "ready> "
BASH_COMPLETION = Path("/usr/share/bash-completion/bash_completion")
KILL_LINE = "\x15"  # not Ctrl-C: the terminal drops what was typed after it
SHOWS_ITS_ARGUMENTS = """#!/bin/sh
printf 'got'
printf '[%s]' "$@"
printf '\\n'
"""
LEAVES_A_MARK = """#!/bin/sh
echo "$0 $*" >>"$HOME/python-started"
"""

Prepare = Callable[[Path, Path], list[str]]


class Shell:
    """A running shell. Its home is `home`; its prompt is on the screen."""

    def __init__(
        self, name: str, home: Path, files: Path = FILES, prepare: Mapping[str, Prepare] | None = None, **env: str
    ) -> None:
        """`prepare` makes the shell know `files`: by hand, if nothing else is said."""
        self.name = name
        self.home = home
        _write_programs(home / "bin")
        (home / "work").mkdir()
        command = (prepare or PREPARE)[name](home, files)
        self.terminal = Terminal(command, {**_environment(home), **env}, home / "work")
        self.terminal.wait_for(PROMPT.strip())

    def runs(self, typed: str) -> str:
        """What the program got for its arguments after `typed` and Enter, as `[a][b]`."""
        return self._runs(f"idxstream {typed}")

    def _runs(self, line: str) -> str:
        self.terminal.forget()
        self.terminal.type(f"{line}\r")
        screen = self.terminal.wait_for("got[", f"]\n{PROMPT.strip()}")
        return next(line for line in screen.splitlines() if line.startswith("got["))[3:]

    def shows(self, typed: str, *expected: str) -> str:
        """The screen after `typed`, once it shows all of `expected`. The line is then given up."""
        self.terminal.forget()
        self.terminal.type(f"idxstream {typed}")
        screen = self.terminal.wait_for(*expected)
        assert self._runs(f"{KILL_LINE}idxstream end") == "[end]"
        return screen

    def started_python(self) -> bool:
        return (self.home / "python-started").exists()


def write_index_list(cache: Path, ids: list[str]) -> None:
    folder = cache / "idxstream"
    folder.mkdir(parents=True)
    (folder / "indexes.txt").write_text("".join(f"{each}\n" for each in ids))


def _environment(home: Path) -> dict[str, str]:
    return {
        "HOME": str(home),
        "ZDOTDIR": str(home),
        "INPUTRC": os.devnull,
        "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_DATA_HOME": str(home / "data"),
        "PATH": f"{home / 'bin'}:/usr/local/bin:/usr/bin:/bin",
        "TERM": "xterm",
        "LC_ALL": "C.UTF-8",
    }


def _write_programs(folder: Path) -> None:
    folder.mkdir(parents=True)
    for name in ("idxstream", "python", "python3"):
        (folder / name).write_text(SHOWS_ITS_ARGUMENTS if name == "idxstream" else LEAVES_A_MARK)
        (folder / name).chmod(0o755)


def _prepare_bash(home: Path, files: Path) -> list[str]:
    return _bash(home, "set -u", f"source '{files}/idxstream.bash'")


def _bash_with_package(home: Path, share: Path) -> list[str]:
    return _bash(home, f"XDG_DATA_DIRS='{share}:/usr/share'", f"source {BASH_COMPLETION}")


def _bash(home: Path, *lines: str) -> list[str]:
    lines = (*lines, f"PS1='{PROMPT}'", "bind 'set page-completions off'")
    (home / ".bashrc").write_text("\n".join([*lines, ""]))
    return ["bash", "--noprofile", "--rcfile", str(home / ".bashrc"), "-i"]


def _prepare_zsh(home: Path, files: Path) -> list[str]:
    functions = home / "functions"
    functions.mkdir()
    (functions / "_idxstream").symlink_to(files / "_idxstream")
    return _zsh(home, functions)


def _zsh_with_package(home: Path, share: Path) -> list[str]:
    return _zsh(home, share / "zsh/site-functions")


def _zsh(home: Path, functions: Path) -> list[str]:
    lines = [f"fpath=('{functions}' $fpath)", "autoload -Uz compinit && compinit -u -D", f"PS1='{PROMPT}'"]
    (home / ".zshrc").write_text("\n".join([*lines, "setopt nounset", ""]))
    return ["zsh", "-d", "-i"]


def _prepare_fish(home: Path, files: Path) -> list[str]:
    completions = home / "config" / "fish" / "completions"
    completions.mkdir(parents=True)
    (completions / "idxstream.fish").symlink_to(files / "idxstream.fish")
    return _fish(home)


def _fish_with_package(home: Path, share: Path) -> list[str]:
    return ["env", f"XDG_DATA_DIRS={share}:/usr/share", *_fish(home)]


def _fish(home: Path) -> list[str]:
    settings = home / "config" / "fish"
    settings.mkdir(parents=True, exist_ok=True)
    # Without this folder fish makes it at its first start, with Python, from the manual pages.
    (home / "data" / "fish" / "generated_completions").mkdir(parents=True)
    lines = [f"function fish_prompt; echo -n '{PROMPT}'; end", "set fish_greeting", "set fish_autosuggestion_enabled 0"]
    (settings / "config.fish").write_text("\n".join([*lines, ""]))
    return ["fish", "-i"]


PREPARE: dict[str, Prepare] = {"bash": _prepare_bash, "zsh": _prepare_zsh, "fish": _prepare_fish}
# `files` is then the folder `share` of what was installed.
WITH_PACKAGE: dict[str, Prepare] = {"bash": _bash_with_package, "zsh": _zsh_with_package, "fish": _fish_with_package}
