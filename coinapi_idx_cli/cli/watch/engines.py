"""The engines among the outputs of a run, and how this machine takes part in each."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from coinapi_idx_cli.cli.options.engine import engine_credentials, engine_target
from coinapi_idx_cli.cli.reporter import Reporter
from coinapi_idx_cli.cli.watch.destinations import Destination
from coinapi_idx_cli.errors import UsageError
from coinapi_idx_cli.net.tls import Trust
from coinapi_idx_cli.paths import expanded
from coinapi_idx_cli.sinks.engine.settings import EngineSettings


class EngineOptions(Struct, frozen=True):
    """What the command line says of engines; None where it says nothing."""

    user_file: Path | None
    creds: Path | None
    takeover_after_s: float
    spool: Path | None
    name: str | None
    is_given: bool  # one of them, as a flag


def engines_of(
    destinations: Sequence[Destination],
    options: EngineOptions,
    reporter: Reporter,
    *,
    trust: Trust | None,
    allow_plaintext: bool,
    connect_timeout_s: float,
    give_up_after_s: float | None,
    is_sampled: bool,
) -> dict[str, EngineSettings]:
    """By the target of -o. Raises UsageError for what an engine cannot do, CredentialsError."""
    targets = [each.target for each in destinations if each.is_engine and each.target is not None]
    if not targets:
        if options.is_given:
            what = "--spool, --engine-user-file, --engine-creds, --takeover-after and --engine-name are for an engine"
            raise UsageError(what, "add -o nats://HOST/STREAM, or leave them out")
        return {}
    if options.spool is not None and len(targets) > 1:
        raise UsageError("--spool is for one engine", "write to one engine, or leave --spool out")
    if is_sampled:
        what = "--update-limit-ms and an engine contradict each other"
        raise UsageError(what, "each server samples for itself, so that two machines do not receive the same series")
    credentials = engine_credentials(options.user_file, options.creds, reporter)
    return {
        target: EngineSettings(
            engine_target(
                "--output",
                target,
                credentials,
                trust=trust,
                allow_plaintext=allow_plaintext,
                connect_timeout_s=connect_timeout_s,
            ),
            options.name or socket.gethostname(),
            options.takeover_after_s,
            give_up_after_s,
            expanded(options.spool) if options.spool is not None else None,
        )
        for target in targets
    }
