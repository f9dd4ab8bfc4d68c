"""What is asked of whoever keeps the run connected."""

from __future__ import annotations

from msgspec import Struct

from coinapi_idx_cli.choices import Strategy


class Policy(Struct, frozen=True):
    """How patient the supervisor is, and what it does about a notice."""

    stale_after_s: float  # no frame for this long: the connection is dead
    connect_timeout_s: float = 10.0
    give_up_after_s: float | None = 300.0  # None: never
    strategy: Strategy = Strategy.HANDOVER
