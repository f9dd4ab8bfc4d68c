"""The steps `key by …`: each way on a connection of its own, and the one that is in use decides."""

from __future__ import annotations

import time

from msgspec import Struct

from coinapi_idx_cli.doctor.case import WAYS, Case
from coinapi_idx_cli.doctor.conversation import Conversation
from coinapi_idx_cli.doctor.step import Finding, NotTriedError, failed
from coinapi_idx_cli.errors import SET_A_KEY, ConnectionLostError, CredentialsError, IdxstreamError


class _Outcome(Struct, frozen=True):
    """`error` None: it works, and `detail` says what spoke for it."""

    seconds: float
    detail: str
    error: IdxstreamError | None


class KeySteps:
    """The steps that send the key, each in one of the places where a server may take it."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._outcomes: dict[str, _Outcome] = {}

    def check(self, way: str, without: IdxstreamError | None) -> Finding:
        """`without`: what the server said when it got no key. Fails when the way in use is none."""
        in_use = way == self._case.auth
        if self._case.key.key is None:
            if in_use and without is not None:
                raise CredentialsError(without.what, SET_A_KEY)
            raise NotTriedError("there is not a key" + ("" if without else ", and the server asks for none so far"))
        outcome = self._outcome(way)
        if outcome.error is None:
            return Finding(outcome.detail, seconds=outcome.seconds)
        if not in_use:
            raise NotTriedError(f"not the way in use; does not work either: {outcome.error.what}")
        return failed(self._with_way_out(outcome.error, way), outcome.seconds)

    def _with_way_out(self, error: IdxstreamError, way: str) -> IdxstreamError:
        """The others are tried before this one is reported."""
        works = [other for other in WAYS if other != way and self._outcome(other).error is None]
        if works:
            error.hint = f"the server accepts this key by {' and by '.join(works)}: use --auth {works[0]}"
        elif isinstance(error, CredentialsError):
            error.hint = "the key works in none of the three places: check it and its subscription"
        return error

    def _outcome(self, way: str) -> _Outcome:
        if way not in self._outcomes:
            self._outcomes[way] = self._try(way)
        return self._outcomes[way]

    def _try(self, way: str) -> _Outcome:
        started_s, detail, error = time.monotonic(), "", None
        try:
            detail = self._spoke_for(way)
        except IdxstreamError as caught:
            error = caught
        return _Outcome(time.monotonic() - started_s, detail, error)

    def _spoke_for(self, way: str) -> str:
        """Raises what spoke against it: a server may also say no only after the hello."""
        conversation = Conversation(self._case.target(way))
        wait_s = self._case.limits.heartbeat_s
        try:
            conversation.open()
            is_alive = conversation.listen(wait_s, lambda: conversation.heard.is_alive)
        except ConnectionLostError:
            if not conversation.heard.is_alive:  # else the end came right behind it
                raise
            is_alive = True
        finally:
            conversation.drop()
        if not is_alive:
            return f"accepted by the upgrade, and not refused within {wait_s:g} s of the hello"
        return f"accepted: {'a value' if conversation.heard.values else 'a heartbeat'} came"
