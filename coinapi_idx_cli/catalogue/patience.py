"""Asks again as long as it may help: soon after an accident, as late as the server says when it says so."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from coinapi_idx_cli.catalogue.answers import Fetched, fetched
from coinapi_idx_cli.catalogue.rest import ask
from coinapi_idx_cli.catalogue.server import RestServer
from coinapi_idx_cli.errors import ConnectionLostError, CreditsUsedUpError, NoConnectionError
from coinapi_idx_cli.protocol.backoff import Backoff

TRIES = 3
TRIES_WHEN_TOLD_TO_WAIT = 6
LONGEST_IN_ALL_S = 300.0
SHORTEST_S = 0.2  # whatever the server says


class Patience:
    """How long to wait after each failure. `random` gives numbers from 0 to 1."""

    def __init__(self, random: Callable[[], float]) -> None:
        self._backoff = Backoff(random)
        self._tries = 0
        self._told_s = 0.0

    def wait_s(self, failure: ConnectionLostError) -> float:
        """Raises NoConnectionError when it is over."""
        self._tries += 1
        if isinstance(failure, CreditsUsedUpError):  # for hours, maybe
            raise NoConnectionError(failure.what, failure.hint) from failure
        own_s = SHORTEST_S + self._backoff.fail()
        told_s = failure.retry_after_s
        if told_s is None:
            return self._at_most(TRIES, failure, own_s)
        self._told_s += told_s
        if self._told_s > LONGEST_IN_ALL_S:
            raise NoConnectionError(f"{failure.what}, and asks to wait for {told_s:g} s", failure.hint) from failure
        return self._at_most(TRIES_WHEN_TOLD_TO_WAIT, failure, max(told_s, own_s))

    def _at_most(self, tries: int, failure: ConnectionLostError, wait_s: float) -> float:
        if self._tries >= tries:
            raise NoConnectionError(f"{failure.what}, {self._tries} times", failure.hint) from failure
        return wait_s


def fetch(
    server: RestServer,
    etag: str | None,
    tell: Callable[[str], None],
    sleep: Callable[[float], None] = time.sleep,
) -> Fetched | None:
    """As `fetched`, without ConnectionLostError; NoConnectionError instead, when patience is at its end.

    `tell` gets a line whenever the server asked to wait.
    """
    patience = Patience(random.random)
    while True:
        try:
            return fetched(server, ask(server, etag), etag)
        except ConnectionLostError as failure:
            wait_s = patience.wait_s(failure)
            if failure.retry_after_s is not None:
                tell(f"{failure.what}: waiting for {wait_s:.0f} s, as it asks")
            sleep(wait_s)
