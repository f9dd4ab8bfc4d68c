"""The server that a run of `watch` connects to, and what it is sent first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from msgspec.structs import replace

from coinapi_idx_cli.cli.reporter import Reporter
from coinapi_idx_cli.cli.watch.settings import WatchSettings
from coinapi_idx_cli.credentials.api_key import read_again
from coinapi_idx_cli.protocol.messages import hello
from coinapi_idx_cli.transport.target import Target


@contextmanager
def demo_server(index_ids: tuple[str, ...] | None) -> Iterator[tuple[str, tuple[str, ...] | None]]:
    """A simulator in this process: its address, and the ids to watch."""
    from coinapi_idx_cli.simulator import DEMO_IDS, Simulator

    with Simulator(seed=None, forget_closed=True) as simulator:
        yield simulator.url, DEMO_IDS if index_ids == () else index_ids


def target_for(settings: WatchSettings, url: str, index_ids: tuple[str, ...] | None) -> Target:
    link, subscription = settings.link, settings.subscription
    key_in_hello = link.api_key.reveal() if link.api_key is not None and link.auth == "hello" else None
    greeting = hello(
        index_ids,
        heartbeat=subscription.heartbeat,
        update_limit_ms=subscription.update_limit_ms,
        api_key=key_in_hello,
    )
    return Target(
        url=url,
        api_key=link.api_key,
        auth=link.auth,
        trust=link.trust,
        allow_plaintext=link.allow_plaintext,
        timeout_s=link.connect_timeout_s,
        hello=greeting,
    )


def renewal(
    settings: WatchSettings, target: Target, index_ids: tuple[str, ...] | None, reporter: Reporter
) -> Callable[[], Target] | None:
    """The target with the key as its file holds it by then. None where the key is from no file."""
    key = settings.link.api_key
    if key is None or key.file is None:
        return None

    def renewed() -> Target:
        latest = read_again(key)
        reporter.hide(latest.reveal())
        return target_for(replace(settings, link=replace(settings.link, api_key=latest)), target.url, index_ids)

    return renewed
