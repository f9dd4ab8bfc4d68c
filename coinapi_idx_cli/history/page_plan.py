"""Which stretch of time to ask for next, so that nothing is lost or doubled where a page ends. Pure.

A server gives so many items at most, and says neither how many nor which ones it leaves out when there are more: the
newest or the oldest of the stretch. Stretches are of whole seconds, and an answer counts as complete only where that is
certain: fewer items than the server gave at another time, as many bars as fit in, or what was looked for and was not
there. What is not complete is cut at a second and asked for again in parts.

Of an answer that is full, which end was cut is found out once, by one question about what comes before its first item.
A second that holds as many items as a page is asked for with larger limits; what a server does not give even then is
told as lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from msgspec import Struct
from msgspec.structs import replace

from coinapi_idx_cli.history.items import HistoryItem, HistoryPage

LARGEST_LIMIT = 100_000  # documented
LEAST_PAGE = 10  # no server gives fewer items at once
FILLED = 0.9  # how full a page of values is to become
MORE_THAN_EVER = 1 << 62

Seconds = tuple[int, int]  # from, included, to, not


class Aim(Enum):
    """What a question is for."""

    ITEMS = "items"
    WHAT_CAME_BEFORE = "what came before"  # of an answer that may be cut there
    WHAT_FOLLOWS = "what follows"
    ONE_SECOND = "one second"  # with a larger limit


class Ask(Struct, frozen=True):
    """A question: the items from second `begin` to second `end`, which is not included, `limit` at most."""

    begin: int
    end: int
    limit: int
    aim: Aim = Aim.ITEMS
    known: int = 0  # items that are known to be there, of WHAT_CAME_BEFORE, WHAT_FOLLOWS and ONE_SECOND


class LostItems(Struct, frozen=True):
    """A second that may hold more items than the server gives at once."""

    second: int
    given: int


class Capped(Struct, frozen=True):
    """The server gives fewer items at once than it was asked for."""

    asked: int
    given: int


class OtherTimeError(ValueError):
    """All that came is of another time than was asked for."""


class _Cut(Enum):
    """Which items a server leaves out when there are too many."""

    UNKNOWN = 0
    OLDEST = 1
    NEWEST = 2


class _Have(Struct, frozen=True):
    items: Sequence[HistoryItem]


class _Doubtful(Struct, frozen=True):
    """An answer that may be cut, while what came before it is looked for."""

    ask: Ask
    items: Sequence[HistoryItem]
    count: int


class PagePlan:
    """The questions about one index, and the items in order.

    `stretches`: in order, apart from each other. `limit`: items at once. `spacing_s`: no two items are nearer to each
    other, as bars are not; None where nothing is known.

    `next` gives a question, or items that come next, or None when all is over; a question's answer goes to `take`
    before the next one.
    """

    def __init__(self, stretches: Sequence[Seconds], limit: int, spacing_s: int | None) -> None:
        self._todo: list[Ask | _Have] = [Ask(begin, end, limit) for begin, end in reversed(stretches)]
        self._limit = limit
        self._spacing_s = spacing_s
        self._cut = _Cut.UNKNOWN
        self._most = 0  # items in one answer: fewer are not a limit of the server's own
        self._proven = 0  # so many neither: there were not any more
        self._granted = MORE_THAN_EVER
        self._width_s: int | None = None  # so many seconds fill a page, as it seems
        self._doubtful: _Doubtful | None = None
        self._suspected: _Doubtful | None = None  # to lack what follows
        self.is_end_included = False  # the server gives items of the very end of a stretch, too
        self.notes: list[LostItems | Capped] = []  # to be taken away by who tells them

    def next(self) -> Ask | Sequence[HistoryItem] | None:
        """What to ask, or the items that come next."""
        while self._todo:
            first = self._todo.pop()
            if isinstance(first, _Have):
                if first.items:
                    return first.items
                continue
            if first.begin < first.end:
                return self._fitted(first)
        return None

    def take(self, ask: Ask, answer: HistoryPage) -> None:
        """The answer to the question that `next` gave. Raises OtherTimeError."""
        items = [item for item in answer.items if ask.begin <= item.second < ask.end]
        if not items and answer.items:
            self._meet_others(ask, answer)
            return
        if not self.is_end_included and any(item.second == ask.end for item in answer.items):
            self.is_end_included = True
            if answer.count >= ask.limit:  # what is of no use may have taken the place of what was looked for
                self._todo.append(ask)
                return
        if ask.aim is Aim.WHAT_CAME_BEFORE:
            self._learn_what_came_before(ask, len(items))
            return
        if ask.aim is Aim.WHAT_FOLLOWS:
            self._learn_what_followed(are_more=len(items) > ask.known)
        is_complete = self._is_complete(ask, items, answer.count)
        self._most = max(self._most, answer.count)
        if is_complete:
            self._note_width(ask, items, answer.count)
            self._todo.append(_Have(items))
        elif ask.end - ask.begin == 1:
            self._ask_with_a_larger_limit(ask, items, answer.count)
        elif not items:  # none of them has a time
            middle = (ask.begin + ask.end) // 2
            self._todo += [self._part(middle, ask.end), self._part(ask.begin, middle)]
        elif items[0].second == items[-1].second:
            self._narrow_to_one_second(ask, items[0].second)
        else:
            self._split(_Doubtful(ask, items, answer.count))

    def _fitted(self, ask: Ask) -> Ask:
        """As long a stretch as a page is likely to hold; the rest later."""
        if ask.aim is not Aim.ITEMS:
            return ask
        limit = min(self._limit, self._granted)
        width_s = self._width_s if self._cut is _Cut.OLDEST else None
        if self._spacing_s is not None:
            width_s = limit * self._spacing_s
        if width_s is not None and ask.begin + width_s < ask.end:
            self._todo.append(replace(ask, begin=ask.begin + width_s))
            return replace(ask, end=ask.begin + width_s, limit=limit)
        return replace(ask, limit=limit)

    def _is_complete(self, ask: Ask, items: Sequence[HistoryItem], count: int) -> bool:
        if count == 0:
            return True
        spacing_s = self._spacing_s
        if spacing_s is not None and items:
            has_both_ends = items[0].second - ask.begin < spacing_s and ask.end - items[-1].second <= spacing_s
            if has_both_ends:
                return True
        if count >= ask.limit or count >= self._granted:
            return False
        if count < LEAST_PAGE or (ask.aim is Aim.WHAT_FOLLOWS and len(items) <= ask.known):
            return True
        return count < self._most or count <= self._proven

    def _part(self, begin: int, end: int) -> Ask:
        return Ask(begin, end, min(self._limit, self._granted))

    def _meet_others(self, ask: Ask, answer: HistoryPage) -> None:
        """Nothing but items of other times."""
        if all(item.second == ask.end for item in answer.items) and not self.is_end_included:
            self.is_end_included = True
            self._todo.append(ask)
        elif answer.count < ask.limit and all(
            ask.begin - (self._spacing_s or 1) < item.second <= ask.end for item in answer.items
        ):
            if ask.aim is Aim.WHAT_CAME_BEFORE:
                self._learn_what_came_before(ask, 0)
        else:
            raise OtherTimeError

    def _split(self, doubtful: _Doubtful) -> None:
        """It may lack the oldest or the newest items of its stretch."""
        ask, items = doubtful.ask, doubtful.items
        if self._cut is not _Cut.UNKNOWN:
            self._keep_what_is_certain(doubtful)
            return
        first = items[0].second
        known = 0 if self._spacing_s else sum(item.second == first for item in items)
        until = first if self._spacing_s else first + 1
        if ask.begin < until:
            self._doubtful = doubtful
            self._todo.append(Ask(ask.begin, until, known + 1, Aim.WHAT_CAME_BEFORE, known))
        else:
            self._look_for_what_follows(doubtful)

    def _learn_what_came_before(self, ask: Ask, count: int) -> None:
        doubtful, self._doubtful = self._doubtful, None
        if doubtful is None:
            return
        if count > ask.known:
            self._cut = _Cut.OLDEST
            self._note_cap(doubtful)
            self._keep_what_is_certain(doubtful)
        else:
            self._look_for_what_follows(doubtful)

    def _look_for_what_follows(self, doubtful: _Doubtful) -> None:
        last = doubtful.items[-1].second
        known = sum(item.second == last for item in doubtful.items)
        following = Ask(last, doubtful.ask.end, self._limit, Aim.WHAT_FOLLOWS, known)
        self._suspected = doubtful
        self._todo += [following, _Have([item for item in doubtful.items if item.second < last])]

    def _learn_what_followed(self, *, are_more: bool) -> None:
        suspected, self._suspected = self._suspected, None
        if are_more:
            self._cut = _Cut.NEWEST
        if are_more and suspected is not None:
            self._note_cap(suspected)
        elif suspected is not None:
            self._proven = max(self._proven, suspected.count)

    def _note_cap(self, doubtful: _Doubtful) -> None:
        if doubtful.count < doubtful.ask.limit and doubtful.count < self._granted:
            self._granted = doubtful.count
            self.notes.append(Capped(doubtful.ask.limit, doubtful.count))

    def _keep_what_is_certain(self, doubtful: _Doubtful) -> None:
        ask, items = doubtful.ask, doubtful.items
        first, last = items[0].second, items[-1].second
        self._width_s = max(1, int((last - first) * FILLED * min(self._limit, self._granted) / max(1, len(items))))
        if self._cut is _Cut.OLDEST:
            self._todo += [_Have([item for item in items if item.second > first]), self._part(ask.begin, first + 1)]
        else:
            self._todo += [self._part(last, ask.end), _Have([item for item in items if item.second < last])]

    def _narrow_to_one_second(self, ask: Ask, second: int) -> None:
        if self._cut is not _Cut.OLDEST:
            self._todo.append(self._part(second + 1, ask.end))
        self._todo.append(self._part(second, second + 1))
        if self._cut is not _Cut.NEWEST:
            self._todo.append(self._part(ask.begin, second))

    def _ask_with_a_larger_limit(self, ask: Ask, items: Sequence[HistoryItem], count: int) -> None:
        if ask.limit >= LARGEST_LIMIT or count < ask.limit:
            self.notes.append(LostItems(ask.begin, count))
            self._todo.append(_Have(items))
            return
        limit = min(LARGEST_LIMIT, 10 * ask.limit)
        self._todo.append(Ask(ask.begin, ask.end, limit, Aim.ONE_SECOND, count))

    def _note_width(self, ask: Ask, items: Sequence[HistoryItem], count: int) -> None:
        """How long a stretch may be, from how many items this one had."""
        width = ask.end - ask.begin
        if ask.aim is Aim.ITEMS and self._width_s is not None and width > 0:
            fitting = int(width * FILLED * min(self._limit, self._granted) / count) if items else 2 * width
            self._width_s = max(1, min(fitting, 2 * width + 1))
