"""Runs that write to an engine on this machine: how many values a second, how soon acknowledged, at what cost."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

from coinapi_idx_cli.engine.conversation import EngineConversation
from coinapi_idx_cli.engine.target import parse_target
from coinapi_idx_cli.protocol.times import parse_utc_ns
from tests.bench import measures
from tests.bench.blaster import Feed
from tests.bench.peers import idxstream
from tests.bench.runs import Into, RunFailedError
from tests.engine.nats_server import NatsServer

T = TypeVar("T")


@contextmanager
def stream() -> Iterator[str]:
    """Of a server of its own: its URL."""
    with NatsServer() as server:
        url = f"{server.url}/BENCH"
        with EngineConversation(parse_target("-o", url)) as conversation:
            conversation.create(replicas=1, max_age_s=None, max_bytes=None)
        yield url


def rate(messages: int) -> float:
    """Messages a second, until all are acknowledged, less an empty run."""
    return measures.rate_to_the_end(messages, lambda feed: _fed(feed, lambda fed, _: fed))


def acknowledged_us(feed: Feed) -> tuple[float, float]:
    """p50 and p99 of the microseconds from the receipt of a message's last value until the engine has it."""
    waits = _fed(feed, lambda _, url: _waits_us(url))
    cuts = statistics.quantiles(waits, n=100)
    return cuts[49], cuts[98]


def cpu_ns(feed: Feed) -> float:
    """Of CPU of idxstream for a value, in nanoseconds."""
    whole, empty = (_fed(each, lambda fed, _: fed.run.cpu_s) for each in (feed, replace(feed, count=1)))
    return (whole - empty) / feed.count * 1e9


def cpu_ns_into_pipe(feed: Feed) -> float:
    """The same into a pipe."""
    runs = [measures.feed_to(idxstream("ndjson"), each, Into.PIPE).run for each in (feed, replace(feed, count=1))]
    return (runs[0].cpu_s - runs[1].cpu_s) / feed.count * 1e9


def _fed(feed: Feed, look: Callable[[measures.Fed, str], T]) -> T:
    with stream() as url:
        fed = measures.feed_to(idxstream("ndjson", "-o", url), feed, Into.NULL)
        with EngineConversation(parse_target("-o", url)) as conversation:
            state = conversation.state()
            blocks = (conversation.message(sequence)[0] for sequence in range(1, state.last + 1))
            if (count := sum(block.count for block in blocks)) != feed.count:
                raise RunFailedError(f"{count} values of {feed.count} messages")
        return look(fed, url)


def _waits_us(url: str) -> list[float]:
    waits = []
    with EngineConversation(parse_target("-o", url)) as conversation:
        for sequence in range(1, conversation.state().last + 1):
            block, written = conversation.message(sequence)
            written_ns = parse_utc_ns(written)
            if not block.control and written_ns is not None:
                waits.append((written_ns - block.received_ns) / 1e3)
    return waits[len(waits) // 10 :]
