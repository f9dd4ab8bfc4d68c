"""Capture machines and a stream of a real engine: what is written, who goes on, and an engine that is killed."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator

import pytest

from coinapi_idx_cli.engine.conversation import EngineConversation
from coinapi_idx_cli.engine.jetstream import StreamState
from coinapi_idx_cli.engine.stream_log import StreamLog
from coinapi_idx_cli.engine.target import parse_target
from coinapi_idx_cli.errors import RefusedError
from coinapi_idx_cli.protocol.backlog import Chunk
from coinapi_idx_cli.protocol.follow import CaptureMachine
from coinapi_idx_cli.protocol.log_actions import Mode
from tests.engine.loops import drive
from tests.engine.nats_server import NatsServer
from tests.protocol.fake_log import value_text


@pytest.fixture(scope="module")
def server() -> Iterator[NatsServer]:
    with NatsServer() as running:
        yield running


def create(server: NatsServer, stream: str) -> StreamState:
    with EngineConversation(parse_target("-o", f"{server.url}/{stream}")) as conversation:
        return conversation.create(replicas=1, max_age_s=None, max_bytes=None)


def texts_in(server: NatsServer, stream: str) -> list[bytes]:
    with EngineConversation(parse_target("-o", f"{server.url}/{stream}")) as conversation:
        last = conversation.state().last
        return [line for sequence in range(1, last + 1) for line in conversation.message(sequence)[0].lines()]


class Publisher:
    """A capture machine and its log."""

    def __init__(self, server: NatsServer, stream: str, name: str, *, takeover_s: float = 0.3) -> None:
        chance = random.Random(name)
        self.events: list[tuple[str, dict[str, object]]] = []
        self.machine = CaptureMachine(f"{name}/1", takeover_s=takeover_s, chance=chance.random)
        target = parse_target("-o", f"{server.url}/{stream}")
        self.log = StreamLog(target, self.machine, name, lambda: None, self._note, chance=chance.random)

    def _note(self, event: str, fields: dict[str, object]) -> None:
        self.events.append((event, fields))

    @property
    def names(self) -> list[str]:
        return [event for event, _ in self.events]

    def feed(self, *numbers: int) -> None:
        data = b"".join(value_text("IDX_1", float(number), number) + b"\n" for number in numbers)
        self.log.do(self.machine.feed(Chunk(data, len(numbers), time.time_ns(), time.monotonic())))

    def lose_feed(self) -> None:
        self.log.do(self.machine.lose_feed("connection", time.time_ns(), time.monotonic()))


MakePublisher = Callable[..., Publisher]


@pytest.fixture
def publisher() -> Iterator[MakePublisher]:
    made: list[Publisher] = []

    def make(server: NatsServer, stream: str, name: str, *, takeover_s: float = 0.3) -> Publisher:
        made.append(Publisher(server, stream, name, takeover_s=takeover_s))
        return made[-1]

    yield make
    for each in made:
        each.log.close()


def settle(*publishers: Publisher, until: Callable[[], bool]) -> None:
    drive([(each.log, each.log.client.fileno, each.log.client.wants) for each in publishers], until)
    for each in publishers:
        assert each.log.failure is None


def values(*numbers: int) -> list[bytes]:
    return [value_text("IDX_1", float(number), number) for number in numbers]


def test_one_machine_writes_what_comes(server: NatsServer, publisher: MakePublisher) -> None:
    create(server, "one")
    a = publisher(server, "one", "a")
    a.feed(1, 2)
    settle(a, until=lambda: a.machine.known == 1 and a.machine.flight is None)
    a.feed(3)
    settle(a, until=lambda: a.machine.known == 2)
    assert texts_in(server, "one") == values(1, 2, 3)
    assert a.names[:2] == ["engine_connected", "writing"]


def test_a_second_one_goes_on_where_the_first_one_ends(server: NatsServer, publisher: MakePublisher) -> None:
    create(server, "two")
    a, b = publisher(server, "two", "a"), publisher(server, "two", "b")
    a.feed(1)
    settle(a, until=lambda: a.machine.known == 1)
    settle(a, b, until=lambda: b.machine.mode is Mode.STANDBY and b.machine.known == 1)
    for number in (2, 3, 4):
        b.feed(number)
        a.feed(number)
    settle(
        a, b, until=lambda: not b.machine.waiting_values and not a.machine.waiting_values and b.machine.alignment.is_met
    )
    a.log.close()
    b.feed(5, 6)
    settle(b, until=lambda: not b.machine.waiting_values)
    assert texts_in(server, "two") == values(1, 2, 3, 4, 5, 6)


def test_one_that_loses_its_feed_leaves_the_stream_at_once(server: NatsServer, publisher: MakePublisher) -> None:
    create(server, "leaving")
    a, b = publisher(server, "leaving", "a"), publisher(server, "leaving", "b", takeover_s=1000.0)
    a.feed(1)
    settle(a, until=lambda: a.machine.known == 1)
    settle(a, b, until=lambda: b.machine.mode is Mode.STANDBY)
    for number in (2, 3, 4):
        b.feed(number)
        a.feed(number)
        settle(a, b, until=lambda: not b.machine.waiting_values)
    a.lose_feed()
    b.feed(5)
    settle(a, b, until=lambda: not b.machine.waiting_values)
    assert "yielded" in a.names
    assert texts_in(server, "leaving") == values(1, 2, 3, 4, 5)


def test_a_server_that_is_killed_and_comes_back_has_all_once(publisher: MakePublisher) -> None:
    with NatsServer() as mortal:
        create(mortal, "killed")
        a = publisher(mortal, "killed", "a")
        a.feed(1)
        settle(a, until=lambda: a.machine.known == 1)
        a.feed(2)
        mortal.kill()
        settle(a, until=lambda: "engine_lost" in a.names)
        a.feed(3)
        mortal.start()
        settle(a, until=lambda: not a.machine.waiting_values)
        assert texts_in(mortal, "killed") == values(1, 2, 3)


def test_a_server_that_forgot_gets_it_back(publisher: MakePublisher) -> None:
    with NatsServer() as mortal:
        create(mortal, "forgot")
        a = publisher(mortal, "forgot", "a")
        a.feed(1)
        settle(a, until=lambda: a.machine.known == 1)
        mortal.kill()
        copy = mortal.save_store()
        mortal.start()
        a.feed(2, 3)
        settle(a, until=lambda: not a.machine.waiting_values)
        a.feed(4)
        settle(a, until=lambda: not a.machine.waiting_values)
        mortal.kill()
        mortal.restore_store(copy)
        mortal.start()
        a.feed(5)
        settle(a, until=lambda: not a.machine.waiting_values and a.machine.mode is Mode.WRITING)
        assert "rolled_back" in a.names
        assert texts_in(mortal, "forgot") == values(1, 2, 3, 4, 5)


def test_a_stream_that_does_not_exist_is_refused(server: NatsServer, publisher: MakePublisher) -> None:
    a = publisher(server, "nowhere", "a")
    drive([(a.log, a.log.client.fileno, a.log.client.wants)], lambda: a.log.failure is not None)
    assert isinstance(a.log.failure, RefusedError)
    assert "engine create" in str(a.log.failure)
