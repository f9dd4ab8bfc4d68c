"""Two connections that carry the same series, each with its own delay: what the one wrote, what the other showed.

A value has no number; its identity is (`index_id`, `time_coinapi`, `value`), and the same identity can come twice. So
each index is aligned by itself, as a queue: of what was written and not shown by the other yet, and of what the other
showed and was not brought yet. Where an identity of one stands in the other's queue, all that stands before it there is
older than where the second connection began. So each queue stays as long as the skew between the two.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from coinapi_idx_cli.protocol.batch import Batch, IndexValue

Identity = tuple[str, float]  # time and value; the index is the key of the queues


class Written:
    """What was written lately and a connection that lags may send again: one queue an index.

    `by_time`: with an update limit each server samples for itself, so identities differ; then a value that is older
    than the last written one of its index counts as written too.
    """

    def __init__(self, *, by_time: bool) -> None:
        self._by_time = by_time
        self._queues: dict[str, deque[Identity]] = {}
        self._counts: dict[tuple[str, str, float], int] = {}

    def __bool__(self) -> bool:
        return bool(self._queues)

    def __len__(self) -> int:
        return sum(map(len, self._queues.values()))

    def add(self, value: IndexValue) -> None:
        index_id, time, number = value["index_id"], value["time_coinapi"], value["value"]
        self._queues.setdefault(index_id, deque()).append((time, number))
        key = (index_id, time, number)
        self._counts[key] = self._counts.get(key, 0) + 1

    def take(self, value: IndexValue) -> bool:
        """Whether `value` is in the queue of its index; if so, it and all before it are gone from there."""
        index_id, identity = value["index_id"], (value["time_coinapi"], value["value"])
        if (index_id, *identity) in self._counts:
            queue = self._queues[index_id]
            while (first := queue.popleft()) != identity:
                self._forget(index_id, first)
            self._forget(index_id, first)
            if not queue and not self._by_time:
                del self._queues[index_id]
            elif not queue:
                self._remember_time(index_id, identity)
            return True
        queue_or_none = self._queues.get(index_id)
        return bool(self._by_time and queue_or_none and value["time_coinapi"] < queue_or_none[-1][0])

    def forget_index(self, index_id: str) -> None:
        for identity in self._queues.pop(index_id, ()):
            self._forget(index_id, identity)

    def _forget(self, index_id: str, identity: Identity) -> None:
        key = (index_id, *identity)
        if self._counts[key] == 1:
            del self._counts[key]
        else:
            self._counts[key] -= 1

    def _remember_time(self, index_id: str, identity: Identity) -> None:
        """Keep the last one, for its time: samples of the other server that are older can still come."""
        self._queues[index_id].append(identity)
        key = (index_id, *identity)
        self._counts[key] = self._counts.get(key, 0) + 1


@dataclass(slots=True, eq=False)
class Held:
    """A value that the next connection showed and the current one did not bring yet."""

    value: IndexValue
    text: bytes
    time_received_ns: int
    wanted: bool = True


class Seam:
    """From the moment when the next connection is open until it takes over."""

    def __init__(self, written: Written, *, by_time: bool) -> None:
        self.written = written
        self.met = False  # the two were seen to carry the same value: from there on nothing is missing
        self.current_brought = False
        self.next_showed = False
        self._by_time = by_time
        self._order: deque[Held] = deque()
        self._queues: dict[str, deque[Held]] = {}

    def wrote(self, values: Iterable[IndexValue]) -> None:
        """The current connection brought these, and they are written."""
        for value in values:
            self.current_brought = True
            queue = self._queues.get(value["index_id"])
            if queue and self._releases(queue, value):
                self.met = True
                self.written.forget_index(value["index_id"])
                if self._by_time:
                    self.written.add(value)
            else:
                self.written.add(value)
        self._trim()

    def showed(self, batch: Batch) -> None:
        """The next connection brought these; what is not written yet is held."""
        for value, text in zip(batch.values, batch.texts, strict=True):
            self.next_showed = True
            if self.written.take(value):
                self.met = True
                self._release_all(value["index_id"])  # they stand before a written one, so they were written earlier
            else:
                held = Held(value, text, batch.time_received_ns)
                self._order.append(held)
                self._queues.setdefault(value["index_id"], deque()).append(held)

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

    def __len__(self) -> int:
        """How much is remembered: the skew between the two connections, in values."""
        return len(self.written) + len(self._order)

    def _releases(self, queue: deque[Held], value: IndexValue) -> bool:
        """Take from the queue's head what `value` proves to be written."""
        time, number = value["time_coinapi"], value["value"]
        released = False
        while queue:
            head = queue[0].value
            is_same = head["time_coinapi"] == time and head["value"] == number
            if not is_same and not (self._by_time and head["time_coinapi"] < time):
                break
            queue.popleft().wanted = False
            released = True
            if is_same:
                break
        return released

    def _release_all(self, index_id: str) -> None:
        for held in self._queues.pop(index_id, ()):
            held.wanted = False

    def _trim(self) -> None:
        while self._order and not self._order[0].wanted:
            self._order.popleft()
