"""Credentials for an engine, from a file or from the environment; no flag has them, since all see those."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

from coinapi_idx_cli.engine.target import EngineCredentials
from coinapi_idx_cli.errors import CredentialsError
from coinapi_idx_cli.paths import expanded, read_small

VARIABLE = "IDXSTREAM_ENGINE_USER"
LARGEST_BYTES = 64 * 1024
_SECTION = r"-{3,}BEGIN %s-{3,}\s*(\S+)\s*-{3,}END %s-{3,}"


def credentials_of(
    user_file: Path | None,
    creds: Path | None,
    warn: Callable[[str], None],
    environ: Mapping[str, str] = os.environ,
) -> EngineCredentials:
    """`USER:PASSWORD`, or a token, on one line; or a file of NATS credentials. Raises CredentialsError."""
    if creds is not None:
        text = _text("--engine-creds", creds, warn)
        jwt, seed = _section(text, "NATS USER JWT", creds), _section(text, "USER NKEY SEED", creds)
        return EngineCredentials(jwt=jwt, seed=seed)
    if user_file is not None:
        return _user("--engine-user-file", _text("--engine-user-file", user_file, warn))
    text = environ.get(VARIABLE, "")
    return _user(VARIABLE, text) if text else EngineCredentials()


def _user(option: str, text: str) -> EngineCredentials:
    line = text.strip()
    if not line or "\n" in line or not line.isprintable():
        raise CredentialsError(f"{option} does not hold USER:PASSWORD or a token on one line", "write one there")
    user, colon, password = line.partition(":")
    return EngineCredentials(user=user, password=password) if colon else EngineCredentials(token=line)


def _text(option: str, path: Path, warn: Callable[[str], None]) -> str:
    try:
        where = expanded(path)
        text = read_small(where, LARGEST_BYTES).decode()
        mode = where.stat().st_mode
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise CredentialsError(
            f"cannot read {option} {path}: {reason}", "name a file that this user may read"
        ) from None
    if stat.S_ISREG(mode) and mode & 0o077:
        warn(f"others can read {path}; chmod 600 {path} would keep it to yourself")
    return text


def _section(text: str, name: str, path: Path) -> str:
    found = re.search(_SECTION % (name, name), text)
    if found is None:
        raise CredentialsError(f"--engine-creds {path} has no {name}", "name a file of NATS credentials")
    return found[1]
