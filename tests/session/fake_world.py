"""A feed, its connections and the time, all in one thread: time passes as quickly as the session can follow."""

from __future__ import annotations

import json
import random
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from math import inf

from coinapi_idx_cli.errors import ConnectionLostError
from coinapi_idx_cli.journal import Journal
from coinapi_idx_cli.outputs.base import Output
from coinapi_idx_cli.protocol.messages import hello
from coinapi_idx_cli.protocol.status import Status
from coinapi_idx_cli.protocol.times import NS, utc_text
from coinapi_idx_cli.session.clock import Clock
from coinapi_idx_cli.session.connections import Connections
from coinapi_idx_cli.session.loop import Session
from coinapi_idx_cli.session.plan import Plan
from coinapi_idx_cli.session.wakeup import Wakeup
from coinapi_idx_cli.transport.connection import Connection, Reading
from coinapi_idx_cli.transport.target import Target

STARTED_NS = 1_763_752_382 * NS
IDS = ("IDX_A", "IDX_B", "IDX_C")
OPENS_IN_S = 0.2
TARGET = Target("ws://127.0.0.1:1", None, hello=hello(IDS, heartbeat=True))


@dataclass
class Script:
    """What the servers do; times are seconds since the start of the world.

    `lives_s`: how long each connection lives. `notice_s`: how long before that the server announces it; None: never.
    `lag_s`: how far behind the feed each is. `is_down`: whether the network is. `silent_s`: for how long a server says
    nothing before it sends a heartbeat.
    """

    lives_s: Callable[[random.Random], float]
    notice_s: float | None = None
    lag_s: Callable[[random.Random], float] = lambda _: 0.0
    is_down: Callable[[float], bool] = lambda _: False
    silent_s: float = 1.0


@dataclass
class World:
    """`published`: when each value is, and its message. `set_wall_s`: when this machine's clock is set, and by how
    much."""

    script: Script
    seed: int = 0
    now_s: float = 0.0
    set_wall_s: tuple[tuple[float, float], ...] = ()
    connects_s: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.clock = Clock(lambda: self.now_s, self.wall_ns)
        self._opens: list[tuple[float, Callable[[], None]]] = []

    def wall_ns(self) -> int:
        """What this machine's clock shows."""
        return STARTED_NS + round((self.now_s + sum(by_s for at_s, by_s in self.set_wall_s if at_s <= self.now_s)) * NS)

    def publish(self, seconds: Iterable[int], time_text: Callable[[int], str] = utc_text) -> None:
        """A value of each index in each of these seconds, at random moments; some are equal to the one before."""
        self.published: list[tuple[float, bytes]] = []
        last = dict.fromkeys(IDS, 1.0)
        for second in seconds:
            for at_s, index_id in sorted((second + self.chance.random(), index_id) for index_id in IDS):
                last[index_id] += self.chance.choice((0.0, 0.25, -0.25))
                fields = {"type": "index", "index_id": index_id, "time_coinapi": time_text(STARTED_NS + second * NS)}
                text = json.dumps({**fields, "value": last[index_id]}, separators=(",", ":")).encode()
                self.published.append((at_s, text))
        self.times_s = [at_s for at_s, _ in self.published]

    def make(self, number: int, target: Target) -> Connection:
        return FakeConnection(number, target, self)

    def start(self, _number: int, attempt: Callable[[], None]) -> None:
        self.connects_s.append(self.now_s)
        self._opens.append((self.now_s + OPENS_IN_S, attempt))

    def session(self, plan: Plan, output: Output, status: Status, journal: Journal, wakeup: Wakeup) -> Session:
        """One run, with the connections, the time and the chance of this world."""
        return Session(
            plan,
            output,
            status,
            journal,
            wakeup,
            connections=Connections(plan.target, wakeup, make=self.make, start=self.start),
            wait=self.waiter(wakeup),
            clock=self.clock,
            chance=self.chance.random,
        )

    def waiter(self, wakeup: Wakeup) -> Callable[[Iterable[Connection], float], list[Connection]]:
        def wait(connections: Iterable[Connection], timeout_s: float) -> list[Connection]:
            """Turn the clock on to what happens next."""
            ours = [each for each in connections if isinstance(each, FakeConnection)]
            due_s = min((each.next_s() for each in ours), default=inf)
            self.now_s = max(self.now_s, min(self.now_s + timeout_s, due_s, *(at_s for at_s, _ in self._opens)))
            ended = [attempt for at_s, attempt in self._opens if at_s <= self.now_s]
            self._opens = [each for each in self._opens if each[0] > self.now_s]
            for attempt in ended:
                attempt()
            wakeup.clear()
            return [each for each in ours if each.next_s() <= self.now_s]

        return wait


class FakeConnection(Connection):
    """One connection of that feed, from the moment when it is open."""

    def __init__(self, number: int, target: Target, world: World) -> None:
        super().__init__(number, target)
        self._world = world
        self._is_closed = False

    def open(self) -> None:
        world, script = self._world, self._world.script
        if script.is_down(world.now_s):
            raise ConnectionLostError("no route to host")
        self._lag_s = script.lag_s(world.chance)
        self._ends_s = world.now_s + script.lives_s(world.chance)
        self._notice_s = inf if script.notice_s is None else self._ends_s - script.notice_s
        self._position = bisect_right(world.times_s, world.now_s - self._lag_s)
        self._spoke_s = world.now_s

    def next_s(self) -> float:
        published = self._world.published
        value_s = published[self._position][0] + self._lag_s if self._position < len(published) else inf
        return min(value_s, self._notice_s, self._ends_s, self._spoke_s + self._world.script.silent_s)

    def read(self) -> Reading:
        world = self._world
        reading = Reading()
        while self._position < len(world.published):
            at_s, text = world.published[self._position]
            if at_s + self._lag_s > world.now_s:
                break
            reading.frames.append(text)
            self._position += 1
        if world.now_s >= self._notice_s:
            within_s = self._ends_s - self._notice_s
            reading.frames.append(json.dumps({"type": "reconnect", "within_seconds": within_s}).encode())
            self._notice_s = inf
        if not reading.frames and world.now_s >= self._spoke_s + world.script.silent_s:
            reading.frames.append(b'{"type":"hearbeat"}')
        if reading.frames:
            self._spoke_s = world.now_s
        reading.byte_count = sum(map(len, reading.frames))
        if self._is_closed or world.now_s >= self._ends_s or world.script.is_down(world.now_s):
            reading.ended = ConnectionLostError("the server closed the connection", close_code=1001)
        return reading

    def fileno(self) -> int:
        return 1000 + self.number

    def ping(self) -> None: ...

    def close(self, status: int = 1000) -> None:
        self._is_closed, self._ends_s = True, self._world.now_s

    def drop(self) -> None: ...
