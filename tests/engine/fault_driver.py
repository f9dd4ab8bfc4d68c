"""Publishers as processes, a feed each, and an engine, while everything fails: python -m tests.engine.fault_driver

Each feed carries the same series with a delay of its own: equal repeats, times that go back. Faults come by chance from
a seed: kill -9 of a publisher, most often of the writer, SIGSTOP, a feed that is cut, kill -9 of the engine, two
of them at once, a store that is put back to an older copy. At the end each index has to be exact, or a gap recorded.
"""

from __future__ import annotations

import argparse
import itertools
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import orjson
from msgspec import Struct

from coinapi_idx_cli.engine.conversation import EngineConversation
from coinapi_idx_cli.engine.target import parse_target
from coinapi_idx_cli.protocol.blocks import StreamBlock
from coinapi_idx_cli.simulator import Simulator
from tests.engine.nats_server import NatsServer
from tests.harness import COMMAND, GENEROUS_S, environment
from tests.protocol.fake_log import by_index, faults_in

INDEXES = 12
STEP_S = 0.02
TAKEOVER_S = 0.4
KINDS = ("kill", "stop", "cut", "engine", "roll back", "both")


class Report(Struct):
    """What came of it."""

    values: int
    in_stream: int
    messages: int
    gaps: int
    takeovers: int
    faults: dict[str, int]
    wrong: list[str]


class Publisher:
    """One capture machine: a process, and the feed that it reads."""

    def __init__(self, name: str, url: str, delay_s: float, folder: Path) -> None:
        self.name = name
        self._spool = ("--spool", str(folder / f"spool-{name}")) if name == "a" else ()
        self.delay_s = delay_s
        self.waiting: deque[tuple[float, str, str]] = deque()
        self.resumes_s = self.continues_s = self.starts_s = float("inf")
        self.log = folder / f"{name}.log"
        self._url = url
        self.feed = Simulator(rate=0.0, forget_closed=True)
        self.feed.start()
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        options = ("--all", "--url", self.feed.url, "-o", self._url, "--engine-name", self.name, "-v")
        more = ("--takeover-after", f"{TAKEOVER_S * 1000:.0f}ms", "--give-up-after", "never", *self._spool)
        with self.log.open("ab") as log:
            return subprocess.Popen([*COMMAND, "watch", *options, *more], stderr=log, env=environment())

    def deliver(self, now: float) -> None:
        ids, texts = [], []
        while self.waiting and self.waiting[0][0] + self.delay_s <= now:
            _, index_id, text = self.waiting.popleft()
            ids.append(index_id)
            texts.append(text)
        if texts:
            self.feed.publish_messages(ids, texts)

    def kill(self, now: float, for_s: float) -> None:
        self.process.kill()
        self.process.wait()
        self.continues_s = float("inf")
        self.starts_s = min(self.starts_s, now + for_s)

    def stop(self, now: float, for_s: float) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGSTOP)
            self.continues_s = now + for_s

    def cut(self, now: float, for_s: float) -> None:
        if self.resumes_s == float("inf"):
            self.feed.pause_accepting()
            self.feed.drop()
            self.resumes_s = now + for_s

    def heal(self, now: float) -> None:
        if now >= self.resumes_s:
            self.resumes_s = float("inf")
            self.feed.resume_accepting()
        if now >= self.continues_s:
            self.continues_s = float("inf")
            self.process.send_signal(signal.SIGCONT)
        if now >= self.starts_s:
            self.starts_s = float("inf")
            self.process = self._start()

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(GENEROUS_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.feed.stop()


class Driver:
    """One run."""

    def __init__(self, seed: int, publishers: int, rate: float, server: NatsServer, folder: Path) -> None:
        self.chance = random.Random(seed)
        self.server = server
        self.url = f"{server.url}/faults"
        self.truth: list[str] = []
        self.counts = dict.fromkeys(KINDS, 0)
        self._rate = rate
        self._last: dict[str, str] = {}
        self._owed = 0.0
        self._copy: Path | None = None
        self._server_starts_s = float("inf")
        with EngineConversation(parse_target("-o", self.url)) as conversation:
            conversation.create(replicas=1, max_age_s=None, max_bytes=None)
        self.publishers = [
            Publisher("abc"[number], self.url, self.chance.random() * 0.3, folder) for number in range(publishers)
        ]

    def run(self, seconds: float, every_s: float) -> None:
        for publisher in self.publishers:
            publisher.feed.wait_for_peer(1, GENEROUS_S)
        begin_s = time.monotonic()
        next_s = begin_s + 2.0
        while (now := time.monotonic()) < begin_s + seconds:
            self.step(now)
            if now >= next_s:
                self.fault(now)
                next_s = now + self.chance.expovariate(1 / every_s)
            time.sleep(STEP_S)
        self.settle()

    def step(self, now: float) -> None:
        self._owed += self._rate * STEP_S
        while self._owed >= 1:
            self._owed -= 1
            index_id, text = self._value()
            self.truth.append(text)
            for publisher in self.publishers:
                publisher.waiting.append((now, index_id, text))
        self.keep(now)

    def keep(self, now: float) -> None:
        """What is due without another value."""
        for publisher in self.publishers:
            publisher.deliver(now)
            publisher.heal(now)
        if now >= self._server_starts_s:
            self._server_starts_s = float("inf")
            self.server.start()

    def _value(self) -> tuple[str, str]:
        index_id = f"IDX_{self.chance.randrange(INDEXES)}"
        if index_id in self._last and self.chance.random() < 0.02:
            return index_id, self._last[index_id]
        ago_s = self.chance.random() * 2 if self.chance.random() < 0.02 else 0.0
        at = datetime.fromtimestamp(time.time() - ago_s, UTC)
        stamp = f"{at:%Y-%m-%dT%H:%M:%S.%f}{self.chance.randrange(10)}Z"
        message = {
            "type": "index",
            "index_id": index_id,
            "time_coinapi": stamp,
            "value": self.chance.randrange(10**6) / 4,
        }
        self._last[index_id] = orjson.dumps(message).decode()
        return index_id, self._last[index_id]

    def fault(self, now: float) -> None:
        kind = self.chance.choice(KINDS)
        self.counts[kind] += 1
        victim = self.victim()
        match kind:
            case "kill":
                victim.kill(now, self.chance.random() * 2)
            case "stop":
                victim.stop(now, self.chance.random() * 3)
            case "cut":
                victim.cut(now, self.chance.random() * 2)
            case "engine":
                self.kill_engine(now, self.chance.random() * 2)
            case "roll back":
                self.roll_back(now)
            case "both":
                self.kill_engine(now, self.chance.random())
                victim.kill(now, self.chance.random() * 2)

    def victim(self) -> Publisher:
        """Most often the one that writes."""
        last = self._last_machine() if self.chance.random() < 0.6 else None
        named = [publisher for publisher in self.publishers if publisher.name == last]
        return named[0] if named else self.chance.choice(self.publishers)

    def _last_machine(self) -> str | None:
        if self._server_starts_s != float("inf"):
            return None
        try:
            with EngineConversation(parse_target("-o", self.url)) as conversation:
                return conversation.message(conversation.state().last)[0].machine
        except Exception:  # noqa: BLE001 - it is a guess
            return None

    def kill_engine(self, now: float, for_s: float) -> None:
        self.server.kill()
        self._server_starts_s = min(self._server_starts_s, now + for_s)

    def roll_back(self, now: float) -> None:
        """By turns a copy is made, and put back."""
        self.kill_engine(now, 0.1)
        if self._copy is None:
            self._copy = self.server.save_store()
        else:
            self.server.restore_store(self._copy)
            self._copy = None

    def settle(self) -> None:
        """All is well again; the last values have to arrive."""
        until_s = time.monotonic() + 1.0
        while any(each != float("inf") for each in self._troubles()) or time.monotonic() < until_s:
            self.keep(time.monotonic())
            time.sleep(STEP_S)
        for publisher in self.publishers:
            self._wait(lambda publisher=publisher: bool(publisher.feed.greeted_peers()))
        until_s = time.monotonic() + 2.0
        while time.monotonic() < until_s:
            self.step(time.monotonic())
            time.sleep(STEP_S)
        last = self.truth[-1]
        self._wait(lambda: any(line.decode() == last for block in self.blocks()[-50:] for line in block.lines()))
        for publisher in self.publishers:
            publisher.end()

    def _troubles(self) -> list[float]:
        return [
            self._server_starts_s,
            *(s for each in self.publishers for s in (each.resumes_s, each.continues_s, each.starts_s)),
        ]

    def _wait(self, what: object) -> None:
        assert callable(what)
        end_s = time.monotonic() + 2 * GENEROUS_S
        while not what():
            assert time.monotonic() < end_s, "it did not settle"
            self.keep(time.monotonic())
            time.sleep(0.2)

    def blocks(self) -> list[StreamBlock]:
        with EngineConversation(parse_target("-o", self.url)) as conversation:
            return [conversation.message(sequence)[0] for sequence in range(1, conversation.state().last + 1)]

    def report(self) -> Report:
        blocks = self.blocks()
        machines = [block.machine for block in blocks]
        return Report(
            len(self.truth),
            sum(block.count for block in blocks),
            len(blocks),
            sum(block.is_gap for block in blocks),
            sum(one != other for one, other in itertools.pairwise(machines)),
            self.counts,
            faults_in(blocks, by_index([text.encode() for text in self.truth])),
        )


def drive(seed: int, seconds: float, *, publishers: int = 2, rate: float = 1500.0, every_s: float = 1.5) -> Report:
    with tempfile.TemporaryDirectory() as folder, NatsServer() as server:
        driver = Driver(seed, publishers, rate, server, Path(folder))
        try:
            driver.run(seconds, every_s)
        finally:
            for publisher in driver.publishers:
                publisher.end()
        return driver.report()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--publishers", type=int, default=2, choices=(2, 3))
    parser.add_argument("--rate", type=float, default=1500.0)
    parser.add_argument("--every", type=float, default=1.5)
    given = parser.parse_args(arguments)
    report = drive(given.seed, given.seconds, publishers=given.publishers, rate=given.rate, every_s=given.every)
    sys.stdout.write(f"{report}\n")
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
