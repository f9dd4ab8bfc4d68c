"""What a session is to do."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from coinapi_idx_cli.protocol.policy import Policy
from coinapi_idx_cli.protocol.stops import StopRules
from coinapi_idx_cli.transport.target import Target


class Plan(Struct, frozen=True):
    """What to run: where to, until when, and what to tell on the way. `sampled`: an update limit was asked for.

    `pings`: no heartbeats were asked for, so something else has to keep quiet connections alive. `renewed`: the target
    with the key as it is in its file by now, where it comes from one; it reads that file, and raises CredentialsError.
    `redundant`: two connections at all times.
    """

    target: Target
    policy: Policy
    rules: StopRules
    stats_s: float | None = None
    sampled: bool = False
    pings: bool = False
    redundant: bool = False
    renewed: Callable[[], Target] | None = None
