"""What the supervisor wants done, in order."""

from __future__ import annotations

from msgspec import Struct

from coinapi_idx_cli.errors import ConnectionLostError, IdxstreamError


class Open(Struct, frozen=True):
    """Open a connection, to be known by this number; `is_second`: beside the current one.

    `beside`: the connections whose addresses are to be left to them, where the name has others.
    """

    number: int
    is_second: bool = False
    beside: tuple[int, ...] = ()


class End(Struct, frozen=True):
    """Read what that connection brought still, and close it; the supervisor counts it as gone already."""

    number: int
    error: ConnectionLostError


class Promote(Struct, frozen=True):
    """The current connection is gone, and this one takes its place; `seamless` if it was open by then."""

    number: int
    seamless: bool


class Retry(Struct, frozen=True):
    """No connection is left; the next attempt is `wait_s` away."""

    wait_s: float


class Fail(Struct, frozen=True):
    """The run ends with this error."""

    error: IdxstreamError


Action = Open | End | Promote | Retry | Fail
