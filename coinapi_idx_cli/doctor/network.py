"""The steps `names` and `tcp`: to the server, or to the proxy that comes before it."""

from __future__ import annotations

from functools import partial

from coinapi_idx_cli.doctor.step import Finding
from coinapi_idx_cli.errors import ConnectionLostError, IdxstreamError, NoConnectionError
from coinapi_idx_cli.net.addresses import Address
from coinapi_idx_cli.net.deadline import bounded, bounded_all
from coinapi_idx_cli.net.tunnels import CHECK_PROXY
from coinapi_idx_cli.transport.target import Target
from coinapi_idx_cli.transport.tcp import Route, addresses, connect, route_to
from coinapi_idx_cli.wording import time_taken

MARGIN_S = 1.0  # the socket's own time-out says better what happened


class NetworkSteps:
    """The steps `names` and `tcp`."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._route: Route | None = None
        self._addresses: list[Address] = []

    def names(self) -> Finding:
        """Raises UsageError when what the environment names as a proxy cannot be used, NoConnectionError."""
        target = self._target
        self._route = route = route_to(target)
        try:
            self._addresses = bounded(lambda: addresses(target, route), target.timeout_s)
        except TimeoutError:
            what = f"the name {route.host} did not resolve within {target.timeout_s:g} s"
            raise ConnectionLostError(what, "check the network, and the name server of this machine") from None
        found = ", ".join(map(str, self._addresses))
        is_address = [address.at[0] for address in self._addresses] == [route.host]
        told = f"{route.host} is an address" if is_address else f"{route.host} is {found}"
        return Finding(told + (f", the proxy on the way to {target.name}" if route.proxy else ""))

    def tcp(self) -> Finding:
        """Raises NoConnectionError when no address answers."""
        route, target = self._route or route_to(self._target), self._target
        tries = [partial(connect, target, route, address) for address in self._addresses]
        outcomes = bounded_all(tries, target.timeout_s + MARGIN_S)
        lines = [self._line(route, *pair) for pair in zip(self._addresses, outcomes, strict=True)]
        good = [outcome for outcome in outcomes if isinstance(outcome, float)]
        if not good:
            raise NoConnectionError("; ".join(lines), CHECK_PROXY if route.proxy else "")
        hint = (
            ""
            if len(good) == len(lines)
            else "some addresses do not answer: each one adds a quarter of a second to connecting"
        )
        return Finding("; ".join(lines), hint, min(good))

    def _line(self, route: Route, address: Address, outcome: float | BaseException) -> str:
        if isinstance(outcome, float):
            return f"{address}:{route.port} in {time_taken(outcome)}"
        if isinstance(outcome, IdxstreamError):
            return outcome.what
        if isinstance(outcome, TimeoutError):
            return f"{address}:{route.port} did not answer within {self._target.timeout_s:g} s"
        raise outcome
