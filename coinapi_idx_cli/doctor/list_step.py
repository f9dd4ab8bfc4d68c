"""The step `list`: asked for once, whichever step needs it first."""

from __future__ import annotations

import time

from msgspec import Struct

from coinapi_idx_cli.catalogue.answers import Fetched, fetched
from coinapi_idx_cli.catalogue.match import did_you_mean
from coinapi_idx_cli.catalogue.rest import ask
from coinapi_idx_cli.doctor.case import Case
from coinapi_idx_cli.doctor.clock import Dated, dated
from coinapi_idx_cli.doctor.step import Finding, NotTriedError, failed
from coinapi_idx_cli.errors import IdxstreamError
from coinapi_idx_cli.net.http_refusals import HttpAnswer
from coinapi_idx_cli.wording import plural

NO_LIST = Fetched((), None)


class Missing(Struct, frozen=True):
    """An index that the list does not have.

    `nearest`: the question, with the ids that it may be. `is_certain`: the list is all there is.
    """

    nearest: str
    is_certain: bool


class _Asked(Struct, frozen=True):
    found: Fetched
    error: IdxstreamError | None
    dated: Dated | None
    seconds: float


class ListStep:
    """The step `list`, and what other steps need of that list."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._made: _Asked | None = None

    def check(self) -> Finding:
        if self._case.list_problem is not None:
            raise NotTriedError(f"{self._case.list_problem.what}: {self._case.list_problem.hint}")
        asked = self._asked()
        if asked.error is not None:
            return failed(asked.error, asked.seconds)
        index_id = self._case.index_id
        ids, left_out = asked.found.ids, asked.found.left_out
        told = f"{plural(len(ids), 'index')} at {self._case.rest.name}"
        more = f"; {left_out}" if left_out is not None else ""
        if index_id is None or index_id in ids:
            return Finding(told + (f", {index_id} among them" if index_id else "") + more, seconds=asked.seconds)
        return Finding(f"{told}, {index_id} is not among them{more}", did_you_mean(index_id, ids), asked.seconds)

    def missing(self, index_id: str) -> Missing | None:
        """What is to be said of an id that the list lacks; None when it is there, or there is no list."""
        found = self._asked().found if self._case.list_problem is None else NO_LIST
        if not found.ids or index_id in found.ids:
            return None
        return Missing(did_you_mean(index_id, found.ids), found.is_complete)

    def date(self) -> Dated | None:
        return self._asked().dated if self._case.list_problem is None else None

    def _asked(self) -> _Asked:
        if self._made is None:
            self._made = self._ask()
        return self._made

    def _ask(self) -> _Asked:
        rest = self._case.rest
        answer: HttpAnswer | None = None
        found, error = NO_LIST, None
        started_s, asked_s = time.monotonic(), time.time()
        try:
            answer = ask(rest, None)
            found = fetched(rest, answer, None) or found
        except IdxstreamError as caught:
            error = caught
        seconds = time.monotonic() - started_s
        date = dated(rest.name, answer.headers, asked_s, asked_s + seconds) if answer is not None else None
        return _Asked(found, error, date, seconds)
