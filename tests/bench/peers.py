"""The programs that are compared: each as the pipeline of commands that turns a feed into lines on its stdout."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.harness import COMMAND, environment

Pipeline = list[list[str]]
CLIENTS = Path(__file__).parent / "clients"
BESIDE_PYTHON = Path(sys.executable).parent  # where pip puts what it installs


@dataclass(frozen=True, slots=True)
class Program:
    """`pipeline` takes the feed's URL and the number of its messages. `needs` are programs and Python modules."""

    name: str
    pipeline: Callable[[str, int], Pipeline]
    needs: tuple[str, ...] = ()

    @property
    def lacks(self) -> str | None:
        """The first of its needs that is not installed."""
        return next((name for name in self.needs if executable(name) is None and not _importable(name)), None)


def executable(name: str) -> str | None:
    return shutil.which(name, path=str(BESIDE_PYTHON)) or shutil.which(name)


def idxstream(form: str, *options: str) -> Program:
    def pipeline(url: str, count: int) -> Pipeline:
        return [[*idxstream_command(), "watch", "--all", "-f", form, "-n", str(count), "--url", url, *options]]

    return Program("idxstream", pipeline)


def get(index_id: str) -> Program:
    """One value, and done."""
    return Program("idxstream get", lambda url, _: [[*idxstream_command(), "get", "--url", url, index_id]])


def idxstream_command() -> list[str]:
    """The script that users start; where it is not installed the module, which starts a little slower."""
    script = BESIDE_PYTHON / "idxstream"  # another one on the PATH would not be this one
    return [str(script)] if script.exists() else COMMAND


def idxstream_knows(option: str) -> bool:
    """Whether `watch` has it."""
    done = subprocess.run([*COMMAND, "watch", "--help"], env=environment(), capture_output=True, text=True, check=True)
    return option in done.stdout


def _websocat(url: str, count: int) -> Pipeline:
    """Text messages as lines. `--no-close`: the end of stdin, after the hello, is not the end of the feed."""
    return [[executable("websocat") or "websocat", "--text", "--no-close", url]]


def _websocat_and_jq(url: str, count: int) -> Pipeline:
    return [*_websocat(url, count), ["jq", "-c", "."]]


def _python_client(file: str) -> Callable[[str, int], Pipeline]:
    return lambda url, count: [[sys.executable, str(CLIENTS / file), url]]


def _importable(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


WEBSOCAT = Program("websocat", _websocat, ("websocat",))
WEBSOCAT_JQ = Program("websocat | jq -c", _websocat_and_jq, ("websocat", "jq"))
VENDOR_LIKE = Program("vendor-like", _python_client("vendor_like.py"), ("websocket",))
PICOWS_ORJSON = Program("picows + orjson", _python_client("picows_orjson.py"), ("picows", "orjson"))
