"""Two connections that carry the same series, each with its own delay: what the one wrote, what the other showed.

A value has no number; its identity is (`index_id`, `time_coinapi`, `value`), and the same identity can come twice. So
each index is aligned by itself, as a queue: of what was written and not shown by the other yet, and of what the other
showed and was not brought yet. Where an identity of one stands in the other's queue, all that stands before it there is
older than where the second connection began. So each queue stays as long as the skew between the two.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice, takewhile

from msgspec import Struct

from coinapi_idx_cli.protocol.batch import Batch, IndexValue

SPARE_HELD = 64  # that many released values may stand in the order before it is made anew
HELD_COST_BYTES = 400  # of a value in memory, beside its text
MISSED_LOOKED_THROUGH = 1000  # values of one index that a connection which was lost for a while may have missed


class WrittenValues:
    """What was written lately, and a connection that lags may bring again: by identity, one queue an index.

    Where an identity stands in its queue more than once, the order over all indexes tells which one is meant: the first
    after the last value that was recognised beyond doubt.
    """

    def __init__(self) -> None:
        self._queues: dict[str, deque[tuple[str, float, int]]] = {}  # time, value, number in the order of writing
        self._counts: dict[tuple[str, str, float], int] = {}
        self._added = 0
        self._recognised = -1

    def __len__(self) -> int:
        return sum(map(len, self._queues.values()))

    def add(self, value: IndexValue) -> None:
        index_id, time, number = key = _identity(value)
        self._queues.setdefault(index_id, deque()).append((time, number, self._added))
        self._counts[key] = self._counts.get(key, 0) + 1
        self._added += 1

    def take(self, value: IndexValue) -> bool:
        """Whether `value` was written; if so, neither it nor what was written before it is expected again."""
        key = _identity(value)
        count = self._counts.get(key, 0)
        if count == 0:
            return False
        is_certain = count == 1
        position = self._place(key, after=-1 if is_certain else self._recognised)
        if position is None:
            return False
        if is_certain:
            self._recognised = max(self._recognised, self._queues[key[0]][position][2])
        self._drop(key[0], position + 1)
        return True

    def is_older(self, value: IndexValue) -> bool:
        """Whether `value` is from before all that is known of its index."""
        queue = self._queues.get(value.index_id)
        return queue is not None and value.time_coinapi < queue[0][0]

    def forget_index(self, index_id: str) -> None:
        if index_id in self._queues:
            self._drop(index_id, len(self._queues[index_id]))

    @property
    def added(self) -> int:
        """How many were added so far: the number of the next one."""
        return self._added

    def forget_before(self, number: int) -> None:
        """Those that were added before the one with that number."""
        for index_id, queue in list(self._queues.items()):
            self._drop(index_id, sum(1 for _ in takewhile(lambda entry: entry[2] < number, queue)))

    def _place(self, key: tuple[str, str, float], *, after: int) -> int | None:
        index_id, *identity = key
        for position, (time, number, order) in enumerate(self._queues[index_id]):
            if [time, number] == identity and order > after:
                return position
        return None

    def _drop(self, index_id: str, count: int) -> None:
        queue = self._queues[index_id]
        for _ in range(count):
            time, number, _ = queue.popleft()
            key = (index_id, time, number)
            if self._counts[key] == 1:
                del self._counts[key]
            else:
                self._counts[key] -= 1
        if not queue:
            del self._queues[index_id]


class WrittenTimes:
    """The same by time, for feeds with an update limit: each server samples for itself, so identities differ.

    What is older than the last written value of its index counts as written too.
    """

    def __init__(self) -> None:
        self._last: dict[str, tuple[str, float]] = {}

    def __len__(self) -> int:
        return len(self._last)

    def add(self, value: IndexValue) -> None:
        self._last[value.index_id] = (value.time_coinapi, value.value)

    def take(self, value: IndexValue) -> bool:
        last = self._last.get(value.index_id)
        return last is not None and (value.time_coinapi < last[0] or (value.time_coinapi, value.value) == last)

    def is_older(self, value: IndexValue) -> bool:  # noqa: ARG002 - what is older was taken already
        return False

    def forget_index(self, index_id: str) -> None:
        self._last.pop(index_id, None)

    @property
    def added(self) -> int:
        return 0

    def forget_before(self, number: int) -> None:
        """Nothing: there is one of each index."""


Past = WrittenValues | WrittenTimes


def _identity(value: IndexValue) -> tuple[str, str, float]:
    return value.index_id, value.time_coinapi, value.value


class Held(Struct, eq=False):
    """A value that the next connection showed and the current one did not bring yet."""

    value: IndexValue
    text: bytes
    time_received_ns: int
    wanted: bool = True


class Seam:
    """From the moment when the next connection is open until it takes over. `by_time`: see `WrittenTimes`.

    `may_miss`: the current one is a series that may have holes, as that of another run. What was shown and is older
    than what it brings is not brought any more.
    """

    def __init__(self, written: Past, *, by_time: bool, may_miss: bool = False) -> None:
        self.written = written
        self.held_bytes = 0  # about, in memory
        self.met_until_ns = 0  # when the last value that both carried was received here
        self.met = False  # the two were seen to carry the same value: from there on nothing is missing
        self.current_brought = False
        self.next_showed = False
        self._by_time = by_time
        self._may_miss = may_miss
        self._order: deque[Held] = deque()
        self._wanted = 0
        self._queues: dict[str, deque[Held]] = {}

    def wrote(self, values: Iterable[IndexValue]) -> None:
        """The current connection brought these, and they are written."""
        for value in values:
            self.current_brought = True
            queue = self._queues.get(value.index_id)
            if queue and self._releases(queue, value):
                self.met = True
                self.written.forget_index(value.index_id)
                if not self._by_time:
                    continue
            self.written.add(value)
        self._compact()

    def showed(self, batch: Batch) -> None:
        """The next connection brought these; what is not written yet is held."""
        for value, text in zip(batch.values, batch.texts, strict=True):
            self.next_showed = True
            if self.written.take(value):
                self.met = True
                self.met_until_ns = batch.time_received_ns
                self._release_all(value.index_id)  # they stand before a written one, so they were written earlier
            else:
                held = Held(value, text, batch.time_received_ns)
                self._order.append(held)
                self._wanted += 1
                self.held_bytes += HELD_COST_BYTES + len(text)
                self._queues.setdefault(value.index_id, deque()).append(held)

    def rest(self) -> Iterator[Batch]:
        """What the next connection showed and nobody wrote, in its order, with its times of receipt."""
        batch: Batch | None = None
        for held in self._order:
            if not held.wanted:
                continue
            if batch is None or batch.time_received_ns != held.time_received_ns:
                if batch is not None:
                    yield batch
                batch = Batch(held.time_received_ns)
            batch.values.append(held.value)
            batch.texts.append(held.text)
        if batch is not None:
            yield batch

    @property
    def held(self) -> int:
        """How many values nobody wrote yet."""
        return self._wanted

    def give_up_before(self, time_ns: int) -> int:
        """Let go what was received before that and nobody wrote; returns how many values that were."""
        before = self._wanted
        if not self._order or self._order[0].time_received_ns >= time_ns:
            return 0
        for held in takewhile(lambda held: held.time_received_ns < time_ns, self._order):
            if held.wanted:
                self._release(held)
        for index_id in [index_id for index_id, queue in self._queues.items() if queue and not queue[0].wanted]:
            self._queues[index_id] = deque(held for held in self._queues[index_id] if held.wanted)
        self._compact()
        return before - self._wanted

    def __len__(self) -> int:
        """How much is remembered: the skew between the two connections, in values."""
        return len(self.written) + len(self._order)

    def _releases(self, queue: deque[Held], value: IndexValue) -> bool:
        """Take from the queue's head what `value` proves to be written."""
        time, number = value.time_coinapi, value.value
        released = False
        if self._may_miss:
            self._release_missed(queue, value)
        while queue:
            head = queue[0].value
            is_same = head.time_coinapi == time and head.value == number
            if not is_same and not (self._by_time and head.time_coinapi < time):
                break
            self.met_until_ns = queue[0].time_received_ns
            self._release(queue.popleft())
            released = True
            if is_same:
                break
        return released

    def _release_missed(self, queue: deque[Held], value: IndexValue) -> None:
        """What stands before `value` in the queue, and is older."""
        for position, held in enumerate(islice(queue, MISSED_LOOKED_THROUGH)):
            if held.value.time_coinapi == value.time_coinapi and held.value.value == value.value:
                for _ in range(position):
                    self._release(queue.popleft())
                return
            if held.value.time_coinapi >= value.time_coinapi:
                return

    def _release_all(self, index_id: str) -> None:
        for held in self._queues.pop(index_id, ()):
            self._release(held)

    def _release(self, held: Held) -> None:
        held.wanted = False
        self._wanted -= 1
        self.held_bytes -= HELD_COST_BYTES + len(held.text)

    def _compact(self) -> None:
        while self._order and not self._order[0].wanted:
            self._order.popleft()
        if len(self._order) > 2 * self._wanted + SPARE_HELD:
            self._order = deque(held for held in self._order if held.wanted)
