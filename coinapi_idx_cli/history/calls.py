"""Calls of `history` and `timeseries`, one after the other: with patience where that may help, and counted."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from urllib.parse import quote

from msgspec import Struct
from msgspec.structs import replace

from coinapi_idx_cli.catalogue.patience import Patience
from coinapi_idx_cli.catalogue.rest import OK, RestSession
from coinapi_idx_cli.catalogue.server import LIST_PATH, RestServer
from coinapi_idx_cli.errors import ConnectionLostError, NoConnectionError, RefusedError
from coinapi_idx_cli.history.items import HistoryPage, NotJsonError, OtherContentError, bars_in, values_in
from coinapi_idx_cli.history.page_plan import Ask
from coinapi_idx_cli.history.period import Period
from coinapi_idx_cli.net.http_refusals import HttpAnswer, HttpPurpose, http_refusal
from coinapi_idx_cli.net.urls import Url
from coinapi_idx_cli.protocol.server_errors import CHECK_KEY
from coinapi_idx_cli.protocol.times import NS, parse_utc_ns
from coinapi_idx_cli.terminal.one_line import excerpt

NO_DATA = 550
ITEMS_A_CALL = 100  # as the vendor counts
LARGEST_ANSWER_BYTES = 128 << 20
LONGEST_WAIT_S = 300.0  # for a limit of the server to be over
TICK_NS = 100  # of the vendor's times
HISTORY = HttpPurpose("the history", "--rest-url", CHECK_KEY, "--period, --since and --until, or --rest-url")


def calls_for(items: int) -> int:
    """What an answer with so many items counts."""
    return max(1, -(-items // ITEMS_A_CALL))


class Spent(Struct):
    """What a run has cost: requests, calls as the vendor counts them, items; and what the server says is left."""

    requests: int = 0
    calls: int = 0
    items: int = 0
    left_out: int = 0  # items without a time or a number
    limit: str = ""  # the server's words, such as `87 of 100 left`


class Caller:
    """Asks a server for the past of indexes.

    `tell` gets a line when the server asks to wait. `before` is called before each question; `blocked` makes a request
    and `sleep` waits for some seconds, both so that a signal can end them. `now_s`: since 1970.
    """

    def __init__(
        self,
        server: RestServer,
        period: Period | None,
        tell: Callable[[str], None],
        before: Callable[[], None],
        blocked: Callable[[Callable[[], HttpAnswer]], HttpAnswer] = lambda work: work(),
        sleep: Callable[[float], None] = time.sleep,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        self.spent = Spent()
        self._server = server
        self._period = period
        self._tell = tell
        self._before = before
        self._blocked = blocked
        self._sleep = sleep
        self._now_s = now_s
        self._session = RestSession(server, LARGEST_ANSWER_BYTES)
        self._wait_s = 0.0
        self._is_descending = period is None  # as the vendor's examples

    def close(self) -> None:
        """End the connection."""
        self._session.close()

    def ask(self, index_id: str, ask: Ask, *, is_end_included: bool = False) -> HistoryPage:
        """Raises NoConnectionError when patience is at its end, CredentialsError, RefusedError."""
        self._before()
        self._wait_for_the_limit()
        patience = Patience(random.random)
        url = self._url(index_id, ask, is_end_included=is_end_included)
        while True:
            try:
                return self._once(url)
            except ConnectionLostError as failure:
                self._session.close()
                wait_s = patience.wait_s(failure)
                if failure.retry_after_s is not None:
                    self._tell(f"{failure.what}: waiting for {wait_s:.0f} s, as it asks")
                else:
                    self._tell(f"{failure.what}: trying again")
                self._sleep(wait_s)

    def _once(self, url: Url) -> HistoryPage:
        answer = self._blocked(lambda: self._session.get(url))
        self.spent.requests += 1
        self._heed_limits(answer.headers)
        if answer.status == NO_DATA:
            self.spent.calls += 1
            return HistoryPage()
        if answer.status != OK:
            raise http_refusal(self._server, answer, HISTORY)
        found = self._in_order(self._items(answer.body))
        self.spent.calls += calls_for(found.count)
        self.spent.items += len(found.items)
        self.spent.left_out += found.left_out
        return found

    def _items(self, body: bytes) -> HistoryPage:
        name = self._server.name
        try:
            return (values_in if self._period is None else bars_in)(body)
        except NotJsonError as error:
            raise ConnectionLostError(f"{name} sent an answer that is cut off, or not JSON") from error
        except OtherContentError as error:
            why = excerpt(str(error), self._server.redactor.clean)
            raise RefusedError(f"{name} did not give a list of items: {why}", "check --rest-url") from error

    def _in_order(self, found: HistoryPage) -> HistoryPage:
        """Items of one moment as they came about, by the order that other answers had."""
        if found.is_descending is not None:
            self._is_descending = found.is_descending
        elif self._is_descending:
            return HistoryPage(found.items[::-1], found.count)
        return found

    def _url(self, index_id: str, ask: Ask, *, is_end_included: bool) -> Url:
        parts = self._server.parts
        end_ns = ask.end * NS - (TICK_NS if is_end_included else 0)
        query = f"time_start={_time(ask.begin * NS)}&time_end={_time(end_ns)}&limit={ask.limit}"
        what = "history"
        if self._period is not None:
            what, query = "timeseries", f"period_id={self._period.name}&{query}"
        path = f"{parts.path.rstrip('/')}{LIST_PATH}/{quote(index_id, safe='')}/{what}"
        return replace(parts, path=path, query=query)

    def _heed_limits(self, headers: Mapping[str, str]) -> None:
        remaining, limit = (headers.get(f"x-ratelimit-{name}", "").strip() for name in ("remaining", "limit"))
        if not remaining.isdecimal():
            return
        self.spent.limit = f"{remaining} of {limit} left" if limit.isdecimal() else f"{remaining} left"
        if int(remaining) == 0:
            self._wait_s = self._until_reset_s(headers.get("x-ratelimit-reset", "").strip()) or 0.0

    def _until_reset_s(self, text: str) -> float | None:
        """The form is not documented: seconds, a moment in seconds since 1970, or a time."""
        if text.isdecimal():
            seconds = float(text[:15])
            return seconds if seconds < 1e8 else max(0.0, seconds - self._now_s())
        time_ns = parse_utc_ns(text)
        return None if time_ns is None else max(0.0, time_ns / NS - self._now_s())

    def _wait_for_the_limit(self) -> None:
        wait_s, self._wait_s = self._wait_s, 0.0
        if wait_s > LONGEST_WAIT_S:
            what = f"the limit of {self._server.name} is used up for {wait_s:.0f} s"
            raise NoConnectionError(what, "run it again later: with -o FILE it goes on where it stopped")
        if wait_s > 0:
            self._tell(f"the limit of {self._server.name} is used up: waiting for {wait_s:.0f} s until it is reset")
            self._sleep(wait_s)


def _time(time_ns: int) -> str:
    seconds, rest = divmod(time_ns, NS)
    fraction = f".{rest // TICK_NS:07d}" if rest else ""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}{fraction}Z"
