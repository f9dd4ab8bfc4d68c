"""What the commands that go to a server make of their options: the key, the trust, the terminal."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from coinapi_idx_cli.cli.report import Reporter
from coinapi_idx_cli.credentials import ApiKey, find_key
from coinapi_idx_cli.errors import UsageError


def key_of(flag: str | None, flag_file: Path | None, reporter: Reporter) -> ApiKey | None:
    """The key in force, from now on hidden in all that is said."""
    key, warnings = find_key(flag, flag_file, os.environ)
    if key is not None:
        reporter.hide(key.reveal())
    for text in warnings:
        reporter.warning(text)
    return key


def certificates(path: Path | None) -> Path | None:
    """`path`, if TLS can use what is in it."""
    if path is not None:
        import ssl

        try:
            ssl.create_default_context().load_verify_locations(cafile=path)
        except OSError as error:  # ssl.SSLError among them
            reason = "no PEM certificate in it" if isinstance(error, ssl.SSLError) else error.strerror
            raise UsageError(f"cannot use --ca-file {path}: {reason}", "give a PEM file that can be read") from error
    return path


def stdout_is_terminal() -> bool:
    return sys.stdout is not None and sys.stdout.isatty()
