"""Asks for the API key, without an echo."""

from __future__ import annotations

import signal
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from getpass import GetPassWarning, getpass
from types import FrameType

import typer

from coinapi_idx_cli.cli.signals import not_ignored
from coinapi_idx_cli.credentials.api_key import ApiKey
from coinapi_idx_cli.errors import UsageError

LONGEST_LINE = 4096
PROMPT = "CoinAPI key (it is not shown): "


def asked_key() -> ApiKey:
    """From the terminal, or the first line of what a pipe holds.

    Raises UsageError when there is none, CredentialsError when it cannot be a key, Exit for a signal.
    """
    text = "" if sys.stdin is None else (_from_terminal() if sys.stdin.isatty() else _from_pipe()).strip()
    if not text:
        raise UsageError("no key was entered", "type or paste it when asked, or pipe it in")
    return ApiKey(text)


def _from_pipe() -> str:
    return sys.stdin.buffer.readline(LONGEST_LINE).decode("ascii", "replace")


def _from_terminal() -> str:
    try:
        with _signals_end_in_order(), warnings.catch_warnings():
            warnings.simplefilter("error", GetPassWarning)
            return getpass(PROMPT)
    except EOFError:
        sys.stderr.write("\n")
        return ""
    except GetPassWarning:
        raise UsageError("this terminal would show the key", "give it in a pipe") from None


@contextmanager
def _signals_end_in_order() -> Iterator[None]:
    """What ends the process on the spot would leave the terminal without its echo."""
    numbers = not_ignored(signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, _end) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _end(number: int, _frame: FrameType | None) -> None:
    sys.stderr.write("\n")
    raise typer.Exit(128 + number)
