"""The simulator as tests and the command line drive it: a real WebSocket server in a thread of its own."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Self, TypeVar

from coinapi_idx_cli import __version__
from coinapi_idx_cli.simulator.catalogue import catalogue
from coinapi_idx_cli.simulator.connection import ClientConnection
from coinapi_idx_cli.simulator.engine import Engine
from coinapi_idx_cli.simulator.faults import Faults
from coinapi_idx_cli.simulator.feed import Feed
from coinapi_idx_cli.simulator.http_answers import Scripted
from coinapi_idx_cli.simulator.loop_thread import LoopThread
from coinapi_idx_cli.simulator.options import AUTH_PLACES, Options
from coinapi_idx_cli.simulator.past_source import FilesPast, PastSource, StoredValues, WalkPast
from coinapi_idx_cli.simulator.peer import Peer
from coinapi_idx_cli.simulator.rest_content import RestContent
from coinapi_idx_cli.simulator.rest_quota import RestQuota
from coinapi_idx_cli.simulator.rest_side import RestSide
from coinapi_idx_cli.simulator.stretch import Stretch
from coinapi_idx_cli.simulator.walk import Walk

T = TypeVar("T")
SIMULATOR = f"idxstream-simulate/{__version__}"
DAY_S = 86_400.0
PAST_S = 400 * DAY_S


class Simulator:
    """Speaks CoinAPI's Index feed on `host`:`port` (0: any free one) from `with` to the end of the block.

    `rate`: values a second over all indexes together; 0 publishes nothing of its own.
    `seed`: of the values; `None` is a new one each time.
    `index_ids`: the list of indexes, instead of the built-in ones.
    `record`: keep every published message. `extra_ids`: made-up indexes beside the built-in ones.
    `max_buffered`: messages a connection, by default as many as the vendor's server keeps.
    `refuse_status`: see `answer_upgrades_with`. `close_within_s`: what clients have to answer the last close frame.
    `server`: what it calls itself, in the header `Server`; as `SIMULATOR` it says that it knows no other indexes.
    `past_s`: how far back the past goes over REST, which the walk makes up; by default 400 days, at rate 0 nothing.
    `past_rate`: values a second in it, over all indexes; by default the fastest have one every two seconds.
    `past_of_files`: instead of all that, and of what was published. `rest_calls`: within `rest_window_s`; None is any.
    `forget_closed`: keep no peer whose connection is over, as a server that runs for days must.
    All methods can be called from any thread.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        rate: float = 200.0,
        seed: int | None = 1,
        api_key: str | None = None,
        accept_auth: frozenset[str] = AUTH_PLACES,
        faults: Faults | None = None,
        record: bool = False,
        extra_ids: int = 0,
        index_ids: Sequence[str] | None = None,
        heartbeat_s: float = 1.0,
        ping_interval_s: float | None = 60.0,
        ping_timeout_s: float = 20.0,
        max_buffered: int = 131_072,
        ssl_context: ssl.SSLContext | None = None,
        refuse_status: int | None = None,
        refuse_headers: Mapping[str, str] | None = None,
        close_within_s: float = 0.5,
        forget_closed: bool = False,
        server: str | None = None,
        past_s: float | None = None,
        past_rate: float | None = None,
        past_of_files: Callable[[], StoredValues] | None = None,
        rest_calls: int | None = None,
        rest_window_s: float = DAY_S,
    ) -> None:
        indexes = catalogue(extra_ids)
        self.index_ids = tuple(index.id for index in indexes) if index_ids is None else tuple(index_ids)
        self.port = port
        self._host = host
        self._tls = ssl_context
        self._close_within_s = close_within_s
        self._changed = threading.Condition()
        self._peers: dict[int, Peer] = {}
        self._made = 0
        self._forget_closed = forget_closed
        options = Options(
            api_key=api_key,
            accept_auth=accept_auth,
            faults=faults or Faults(),
            heartbeat_s=heartbeat_s,
            ping_interval_s=ping_interval_s,
            ping_timeout_s=ping_timeout_s,
            max_buffered=max_buffered,
            server=server,
        )
        walk, stretches, ahead_s = Walk(indexes, seed), list[Stretch](), options.faults.clock_ahead_s
        if past_s is None:
            past_s = PAST_S if rate > 0 else 0.0
        walked = WalkPast(walk, stretches, past_s, past_rate, ahead_s)
        past: PastSource = walked if past_of_files is None else FilesPast(past_of_files)
        self.rest = RestSide(RestContent(self.index_ids, past), RestQuota(rest_calls, rest_window_s))
        self._engine = Engine(options, self.index_ids, self.rest, self._add_peer, self._tell_change)
        if refuse_status is not None:
            self._engine.upgrade_script = Scripted(refuse_status, refuse_headers or {})
        self._feed = Feed(
            walk,
            self._engine.deliver,
            rate=rate,
            keep_record=record,
            clock_ahead_s=ahead_s,
            stretches=stretches,
            on_hand=walked.hand_in if past_of_files is None else None,
        )
        self._loop = LoopThread(self._set_up, self._tear_down)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Listen, and let the walk run. Raises `OSError` when the address cannot be had."""
        self._loop.begin()

    def stop(self) -> None:
        """Close all connections with 1001 and end the thread; a second call does nothing."""
        self._loop.end()

    @property
    def url(self) -> str:
        """Where the feed is: `ws://…`, or `wss://localhost:…` with TLS."""
        return f"{'wss' if self._tls else 'ws'}://{self._address}"

    @property
    def rest_url(self) -> str:
        """The base of the REST side, on the same port."""
        return f"{'https' if self._tls else 'http'}://{self._address}"

    @property
    def _address(self) -> str:
        host = "localhost" if self._tls else self._host
        return f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"

    def publish(self, index_id: str, value: float | str, time_coinapi: str | None = None) -> str:
        """Publish one value and return its message; on return it is on its way to everybody who asked for it.

        `value`: a number, or a JSON number in the very text to send. `time_coinapi`: now, if left out.
        """
        return self._loop.call(lambda: self._feed.publish(index_id, value, time_coinapi))

    def publish_messages(self, index_ids: Sequence[str], texts: Sequence[str]) -> int:
        """Publish messages as they are, each of the index beside it. Returns `most_waiting`."""

        def publish() -> int:
            self._feed.publish_messages(index_ids, texts)
            return self._engine.most_waiting()

        return self._loop.call(publish)

    def most_waiting(self) -> int:
        """How many messages wait on the connection where most do."""
        return self._loop.call(self._engine.most_waiting)

    def close_all(self, code: int = 1000) -> None:
        """Close all connections after what waits has gone out."""
        self._loop.call(lambda: self._engine.close_all(code))

    def publish_text(self, raw: str | bytes) -> None:
        """Send a text message as it is to everybody who said hello, unfiltered; the record does not hold it."""
        data = raw.encode() if isinstance(raw, str) else raw
        self._loop.call(lambda: self._engine.deliver_text(data))

    @property
    def record(self) -> list[str]:
        """The messages published so far, in order. Raises `RuntimeError` without `record=True`."""
        if self._feed.record is None:
            raise RuntimeError("the simulator keeps a record with record=True only")
        return list(self._feed.record)

    def start_walk(self, rate: float | None = None) -> None:
        """Let the walk go on, at `rate` values a second if given."""
        self._loop.call(lambda: self._feed.start(rate))

    def stop_walk(self) -> None:
        """Stop the walk: nothing of its own is published after the return."""
        self._loop.call(self._feed.stop)

    def restart(self, within_s: float | None = None) -> None:
        """Send the reconnect notice to all open connections now, and close those same ones `within_s` later."""
        self._loop.call(lambda: self._engine.restart(within_s))

    def drop(self) -> None:
        """Cut all connections, without a close frame."""
        self._loop.call(self._engine.drop)

    def wait_for_peer(self, n: int = 1, timeout_s: float = 10.0) -> Peer:
        """The `n`-th connection ever made, once its first hello or subscribe came. Raises `TimeoutError`."""
        if not self._wait(lambda: n in self._peers and self._peers[n].greeted, timeout_s):
            raise TimeoutError(f"no hello on connection {n} after {timeout_s:g} s; {self._made} were made")
        return self._peers[n]

    @property
    def connections_made(self) -> int:
        """How many upgrades have succeeded."""
        return self._made

    @property
    def upgrades_refused(self) -> int:
        """How many upgrades were answered by something else than a WebSocket."""
        return self._engine.upgrades_refused

    def wait_for_refusals(self, count: int, timeout_s: float = 10.0) -> None:
        """Wait until so many upgrades were refused. Raises `TimeoutError`."""
        if not self._wait(lambda: self.upgrades_refused >= count, timeout_s):
            raise TimeoutError(f"{self.upgrades_refused} upgrades refused after {timeout_s:g} s")

    def open_peers(self) -> list[Peer]:
        """The connections that are open now, in the order in which they were made."""
        return [peer for peer in list(self._peers.values()) if peer.is_open]

    def wait_until_nobody_is_there(self, timeout_s: float = 10.0) -> bool:
        """Whether all connections are over within that time."""
        return self._wait(lambda: all(peer.is_over for peer in self._peers.values()), timeout_s)

    def greeted_peers(self) -> list[Peer]:
        """The open connections whose hello has come."""
        return [peer for peer in self.open_peers() if peer.greeted]

    def pause_accepting(self) -> None:
        """Close the listening socket: connecting is refused. Connections that there are live on."""
        self._loop.start(self._engine.stop_listening()).result()

    def resume_accepting(self) -> None:
        """Listen again on the same port."""
        self._loop.start(self._listen()).result()

    def answer_upgrades_with(
        self, status: int | None, headers: Mapping[str, str] | None = None, body: str = ""
    ) -> None:
        """Give every upgrade this HTTP answer; `None`: accept them again."""
        self._engine.upgrade_script = None if status is None else Scripted(status, headers or {}, body)

    def answer_rest_with(self, status: int | None, headers: Mapping[str, str] | None = None, body: str = "") -> None:
        """Give every plain HTTP request this answer; `None`: the right one again."""
        self._engine.rest_script = None if status is None else Scripted(status, headers or {}, body)

    async def _set_up(self) -> None:
        await self._listen()
        self._engine.start_clocked_faults()
        self._feed.start()

    async def _listen(self) -> None:
        self.port = await self._engine.listen(self._host, self.port, self._tls)

    async def _tear_down(self) -> None:
        self._feed.stop()
        await self._engine.shut_down(self._close_within_s)

    def _add_peer(self, connection: ClientConnection) -> None:
        with self._changed:
            if self._forget_closed:
                self._peers = {number: peer for number, peer in self._peers.items() if not peer.is_over}
            self._made += 1
            self._peers[self._made] = Peer(self._made, connection, self._loop, self._changed)

    def _tell_change(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _wait(self, arrived: Callable[[], bool], timeout_s: float) -> bool:
        with self._changed:
            return self._changed.wait_for(arrived, timeout_s)
