"""The order of the steps, and which of them waits for which."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from functools import partial

from msgspec import Struct

from coinapi_idx_cli.doctor.case import WAYS, Case
from coinapi_idx_cli.doctor.clock import check_clock, dated
from coinapi_idx_cli.doctor.feed import FeedSteps
from coinapi_idx_cli.doctor.handshake import HandshakeSteps
from coinapi_idx_cli.doctor.keys import KeySteps
from coinapi_idx_cli.doctor.list_step import ListStep
from coinapi_idx_cli.doctor.network import NetworkSteps
from coinapi_idx_cli.doctor.settings import check_settings
from coinapi_idx_cli.doctor.step import TRY_LATER, Finding, NotTriedError, Step, failed, step_of
from coinapi_idx_cli.errors import IdxstreamError
from coinapi_idx_cli.transport.probe import Answer

CHECK_PORT = "check the port in --url, and whether a firewall is in the way"
CHECK_TLS = "it may not speak TLS: check --url (its port, ws:// instead of wss://), and anything in between"
CHECK_LIST = "check --rest-url and the network"
CHECK_WAY = "something accepts connections there but never answers: check --url, and anything in between"


class Check(Struct, frozen=True):
    """One step of the examination, before it is made.

    `needs`: steps that must not have failed. `advice`: what to do when it fails and the error does not say.
    """

    name: str
    needs: tuple[str, ...]
    make: Callable[[], Finding]
    advice: str = TRY_LATER


class Examination:
    """Of one case; `steps` can be walked through once."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self._handshake = HandshakeSteps(case.feed)
        self._feed = FeedSteps(case)
        self._listed = ListStep(case)

    @property
    def answer(self) -> Answer | None:
        """To the upgrade."""
        return self._handshake.answer

    def steps(self, announce: Callable[[str], None]) -> Iterator[Step]:
        """Each as soon as it is over; `announce` gets the name of the one that begins."""
        with closing(self._feed):
            yield from steps_of(self._checks(), announce)

    def _checks(self) -> list[Check]:
        network, keys = NetworkSteps(self.case.feed), KeySteps(self.case)
        in_use = f"key by {self.case.auth}"
        return [
            Check("settings", (), partial(check_settings, self.case)),
            Check("names", (), network.names),
            Check("tcp", ("names",), network.tcp, CHECK_PORT),
            Check("tls", ("tcp",), self._handshake.tls, CHECK_TLS),
            Check("upgrade", ("tls",), self._handshake.upgrade, CHECK_WAY),
            *(Check(f"key by {way}", ("settings", "upgrade"), partial(self._key, keys, way)) for way in WAYS),
            Check("heartbeat", ("upgrade", in_use), self._feed.heartbeat),
            Check("ping", (in_use,), self._feed.ping),
            Check("first value", (in_use,), partial(self._feed.first_value, self._listed.missing)),
            Check("clock", (), self._clock),
            Check("list", (), self._listed.check, CHECK_LIST),
        ]

    def _key(self, keys: KeySteps, way: str) -> Finding:
        return keys.check(way, self._handshake.key_error)

    def _clock(self) -> Finding:
        answer = self.answer
        of_feed = dated(self.case.feed.name, answer.headers, answer.asked_s, answer.answered_s) if answer else None
        return check_clock(of_feed or self._listed.date())


def steps_of(checks: Iterable[Check], announce: Callable[[str], None]) -> Iterator[Step]:
    """Each as soon as it is over; what needs one that failed is not tried."""
    bad: set[str] = set()
    for check in checks:
        announce(check.name)
        step = _made(check, bad)
        if step.ok is False or (step.ok is None and bad & set(check.needs)):
            bad.add(step.name)
        yield step


def _made(check: Check, bad: set[str]) -> Step:
    started_s = time.monotonic()
    try:
        if waits_for := [name for name in check.needs if name in bad]:
            raise NotTriedError(f"waits for: {', '.join(waits_for)}")
        finding = check.make()
    except NotTriedError as why:
        return Step(check.name, None, None, str(why), "")
    except IdxstreamError as error:
        finding = failed(error)
    return step_of(check.name, finding, time.monotonic() - started_s, check.advice)
