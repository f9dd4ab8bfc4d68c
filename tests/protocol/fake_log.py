"""Several machines that capture one series into one log, with faults, in time that is counted and never waited for."""

from __future__ import annotations

import random
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

import orjson

from coinapi_idx_cli.protocol.backlog import Chunk
from coinapi_idx_cli.protocol.blocks import StreamBlock
from coinapi_idx_cli.protocol.follow import CaptureMachine
from coinapi_idx_cli.protocol.log_actions import Action, Append, AskEnd, Follow, Mode, Rest, Tell

NS = 1_000_000_000
LATENCY_S = 0.004


class Series:
    """What the feed publishes: with equal repeats, and times that go back."""

    def __init__(self, chance: random.Random, indexes: int, seconds: float, rate: float) -> None:
        self.values: list[tuple[float, bytes]] = []
        now, last = 0.0, dict[str, bytes]()
        while now < seconds:
            now += chance.expovariate(rate)
            index_id = f"IDX_{chance.randrange(indexes)}"
            if index_id in last and chance.random() < 0.04:
                text = last[index_id]
            else:
                at = now - (chance.random() * 2 if chance.random() < 0.03 else 0.0)
                number = chance.randrange(5) if chance.random() < 0.3 else chance.randrange(10**6)
                text = value_text(index_id, max(0.0, at), number)
            last[index_id] = text
            self.values.append((now, text))

    def by_index(self) -> dict[str, list[bytes]]:
        return by_index([text for _, text in self.values])


def value_text(index_id: str, at: float, number: float) -> bytes:
    time = f"2026-11-21T19:{int(at // 60) % 60:02}:{at % 60:010.7f}Z"
    return orjson.dumps({"type": "index", "index_id": index_id, "time_coinapi": time, "value": number})


def by_index(texts: list[bytes]) -> dict[str, list[bytes]]:
    found: dict[str, list[bytes]] = {}
    for text in texts:
        found.setdefault(orjson.loads(text)["index_id"], []).append(text)
    return found


class Machine:
    """One publisher: a feed with a delay of its own, and a connection to the log."""

    def __init__(self, world: World, name: str, series: Series, delay_s: float) -> None:
        self.world = world
        self.name = name
        self.series = series
        self.delay_s = delay_s
        self.generation = 0  # of the connection to the log
        self.reading = 0  # of the consumer
        self.arrives_s = 0.0
        self.is_connected = False
        self.is_receiving = True
        self.is_stopped = False
        self.waiting: list[Callable[[], None]] = []
        self.runs = self.kills = 0
        self.told: list[str] = []
        self.follower = self._new()

    def _new(self) -> CaptureMachine:
        self.runs += 1
        chance = random.Random(f"{self.world.seed} {self.name} {self.runs}")
        return CaptureMachine(f"{self.name}/{self.runs}", takeover_s=self.world.takeover_s, chance=chance.random)

    def do(self, work: Callable[[CaptureMachine, float], list[Action]]) -> None:
        if self.is_stopped:
            self.waiting.append(lambda: self.do(work))
            return
        for action in work(self.follower, self.world.now):
            self._act(action)
        self._wake()

    def _wake(self) -> None:
        due_s, follower = self.follower.next_due_s(), self.follower
        if due_s < float("inf"):
            self.world.at(max(due_s, self.world.now + 0.001), lambda: self._tick(follower))

    def _tick(self, follower: CaptureMachine) -> None:
        if follower is self.follower and follower.next_due_s() <= self.world.now:
            self.do(lambda each, now: each.tick(now))

    def _act(self, action: Action) -> None:
        match action:
            case AskEnd():
                self._ask(self._look)
            case Follow(sequence):
                self.reading += 1
                self._ask(lambda sequence=sequence, reading=self.reading: self._follow(sequence, reading))  # type: ignore[misc]
            case Rest():
                self.reading += 1
            case Append():
                self._ask(lambda: self._append(action))
            case Tell(event):
                self.told.append(event)

    def _ask(self, work: Callable[[], None]) -> None:
        generation = self.generation
        self.world.at(
            self.world.now + self.world.latency(),
            lambda: work() if self.generation == generation or self.world.chance.random() < 0.5 else None,
        )

    def _answer(self, work: Callable[[CaptureMachine, float], list[Action]]) -> None:
        generation = self.generation

        def arrive() -> None:
            if self.generation == generation and self.is_connected:
                self.do(lambda each, now: work(each, now) if self.generation == generation else [])

        self.arrives_s = max(self.arrives_s, self.world.now + self.world.latency())  # TCP keeps the order
        self.world.at(self.arrives_s, arrive)

    def _look(self) -> None:
        last, created = len(self.world.log), self.world.created
        self._answer(lambda each, now: each.looked(last, created, now))

    def _follow(self, sequence: int | None, reading: int) -> None:
        first = max(1, len(self.world.log) - 400) if sequence is None else sequence
        self._deliver(first, reading, self.generation)

    def _deliver(self, sequence: int, reading: int, generation: int) -> None:
        if reading != self.reading or generation != self.generation:
            return
        if sequence > len(self.world.log):
            self.world.at(self.world.now + 0.01, lambda: self._deliver(sequence, reading, generation))
            return
        block = self.world.log[sequence - 1]
        self._answer(lambda each, now: each.received(sequence, block, now) if reading == self.reading else [])
        self.world.at(self.world.now + 0.0005, lambda: self._deliver(sequence + 1, reading, generation))

    def _append(self, action: Append) -> None:
        if len(self.world.log) == action.expected:
            self.world.log.append(action.block)
            sequence = action.expected + 1
            self._answer(lambda each, now: each.acknowledged(sequence, now))
        else:
            self._answer(lambda each, now: each.refused(now))

    # -- what happens to it --------------------------------------------------------------------------------------------

    def connect(self) -> None:
        if not self.is_connected and self.world.is_up and not self.is_stopped:
            self.is_connected = True
            self.do(lambda each, now: each.connected(now))

    def disconnect(self, for_s: float) -> None:
        if self.is_connected:
            self.generation += 1
            self.is_connected = False
            self.do(lambda each, now: each.disconnected(now))
        self.world.at(self.world.now + for_s, self.connect)

    def lose_feed(self, for_s: float) -> None:
        if not self.is_receiving:
            return
        self.is_receiving = False
        self.do(lambda each, now: each.lose_feed("connection", int(now * NS), now))

        def resume() -> None:
            self.is_receiving = True

        self.world.at(self.world.now + for_s, resume)

    def kill(self, for_s: float) -> None:
        """Its memory is gone."""
        self.is_stopped, self.waiting = True, []
        self.generation += 1
        self.is_connected = self.is_receiving = False

        self.follower = self._new()
        self.kills += 1
        kills = self.kills

        def start() -> None:
            if kills != self.kills:
                return
            self.is_stopped, self.waiting = False, []
            self.is_receiving = True
            self.connect()

        self.world.at(self.world.now + for_s, start)

    def stop(self, for_s: float) -> None:
        """It does nothing for a while; what comes meanwhile waits for it."""
        if self.is_stopped:
            return
        self.is_stopped = True
        follower = self.follower

        def go_on() -> None:
            if self.follower is follower and self.is_stopped:
                self.is_stopped, waiting, self.waiting = False, self.waiting, []
                for work in waiting:
                    work()
                self.do(lambda each, now: each.tick(now))
                self.connect()

        self.world.at(self.world.now + for_s, go_on)

    def show(self, text: bytes) -> None:
        if self.is_receiving:
            now = self.world.now
            chunk = Chunk(text + b"\n", 1, int(now * NS), now)
            self.do(lambda each, _: each.feed(chunk))


class World:
    """The log, the machines, and what happens when."""

    def __init__(self, seed: int, *, takeover_s: float = 3.0) -> None:
        self.seed = seed
        self.chance = random.Random(seed)
        self.takeover_s = takeover_s
        self.now = 0.0
        self.log: list[StreamBlock] = []
        self.created = "first"
        self.is_up = True
        self.machines: list[Machine] = []
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()

    def latency(self) -> float:
        return LATENCY_S * (0.5 + self.chance.random())

    def at(self, time_s: float, work: Callable[[], None]) -> None:
        heappush(self._events, (time_s, next(self._order), work))

    def add(self, name: str, series: Series, delay_s: float) -> Machine:
        machine = Machine(self, name, series, delay_s)
        self.machines.append(machine)
        for published_s, text in series.values:
            self.at(published_s + delay_s, lambda text=text: machine.show(text))  # type: ignore[misc]
        self.at(0.0, machine.connect)
        return machine

    def run(self, until_s: float) -> None:
        while self._events and self._events[0][0] <= until_s:
            self.now, _, work = heappop(self._events)
            work()
        self.now = until_s

    def go_down(self, for_s: float, *, forget: int = 0) -> None:
        """The engine is away, and has perhaps forgotten its last messages."""
        self.is_up = False
        for machine in self.machines:
            machine.generation += 1
            if machine.is_connected:
                machine.is_connected = False
                machine.do(lambda each, now: each.disconnected(now))
        if forget:
            del self.log[-forget:]

        def come_up() -> None:
            self.is_up = True
            for machine in self.machines:
                if not machine.is_stopped:
                    machine.connect()

        self.at(self.now + for_s, come_up)

    @property
    def writers(self) -> list[Machine]:
        return [machine for machine in self.machines if machine.follower.mode is Mode.WRITING]

    def texts(self) -> list[bytes]:
        return [line for block in self.log for line in block.lines()]


def faults_of(world: World, truth: Series) -> list[str]:
    """What is wrong with the log: doubled or moved values, and missing ones where no record of a gap stands."""
    return faults_in(world.log, truth.by_index())


def faults_in(log: list[StreamBlock], truth: dict[str, list[bytes]]) -> list[str]:
    """The same of any messages, and of what each index should have."""
    found: list[str] = []
    for sequence, block in enumerate(log, 1):
        before = (0, "") if sequence == 1 else (sequence - 1, log[sequence - 2].id)
        if block.after != before:
            found.append(f"{sequence}: the chain breaks")
    gaps = [sequence for sequence, block in enumerate(log, 1) if block.is_gap]
    places: dict[str, list[tuple[int, bytes]]] = {}
    for sequence, block in enumerate(log, 1):
        for index_id, texts in by_index(block.lines()).items():
            places.setdefault(index_id, []).extend((sequence, text) for text in texts)
    for index_id, wanted in truth.items():
        found += _faults(index_id, wanted, places.get(index_id, []), gaps)
    return found


def _faults(index_id: str, wanted: list[bytes], there: list[tuple[int, bytes]], gaps: list[int]) -> list[str]:
    position, since, missing = 0, 0, 0
    for number, (sequence, text) in enumerate(there):
        try:
            at = wanted.index(text, position)
        except ValueError:
            return [f"{index_id}: {text!r} at {sequence} is doubled or moved"]
        if is_gap := any(since <= gap <= sequence for gap in gaps):  # of equal values in a row the last ones are there
            at += max(0, _in_a_row(wanted[at:], text) - _in_a_row([each for _, each in there[number:]], text))
        if not is_gap and number:  # a stream begins when the first machine writes
            missing += _lost(wanted, position, at)
        position, since = at + 1, sequence
    if position < len(wanted) and not any(gap >= since for gap in gaps):
        missing += _lost(wanted, position, len(wanted))
    return [f"{index_id}: {missing} of {len(wanted)} missing without a gap"] if missing else []


def _lost(wanted: list[bytes], first: int, end: int) -> int:
    """Which of two equal values a machine saw that joined between them nobody can know."""
    return sum(place == 0 or wanted[place] not in wanted[max(0, place - 8) : place] for place in range(first, end))


def _in_a_row(texts: list[bytes], text: bytes) -> int:
    return next((count for count, each in enumerate(texts) if each != text), len(texts))
