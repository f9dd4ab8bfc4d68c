"""How one simulator is to behave: the part of it that every connection needs."""

from __future__ import annotations

from dataclasses import dataclass, field

from coinapi_idx_cli.simulator.faults import Faults

AUTH_PLACES = frozenset({"header", "query", "hello"})


@dataclass(frozen=True, slots=True)
class Options:
    """Without an `api_key` nobody is asked for one. A key in a place that is not accepted is not looked at.

    `server`: the header `Server` of each answer; None is the library's own.
    """

    api_key: str | None = None
    accept_auth: frozenset[str] = AUTH_PLACES
    faults: Faults = field(default_factory=Faults)
    heartbeat_s: float = 1.0
    ping_interval_s: float | None = 60.0
    ping_timeout_s: float = 20.0
    max_buffered: int = 131_072
    server: str | None = None

    def __post_init__(self) -> None:
        if unknown := self.accept_auth - AUTH_PLACES:
            raise ValueError(f"accept_auth: {sorted(unknown)} is not among {sorted(AUTH_PLACES)}")
