"""One machine of several that capture the same feed into one stream: it follows what another writes, or writes itself.

Pure: (event, now) -> actions. Safety does not depend on time: each message is appended on the condition that the stream
ends with the last one that was read and compared, one at a time. So nothing that is held is in the stream, whoever
wrote it. Time only says when to try.

A standby writes when it holds a value and nobody has written for a while. Only one that is met, whose values follow
those of the stream without a hole, may do so soon. Another waits eight times as long, and writes a record of the gap
first.
"""

from __future__ import annotations

from collections.abc import Callable

from coinapi_idx_cli.protocol.backlog import Chunk, FeedBacklog, MemoryBacklog
from coinapi_idx_cli.protocol.blocks import BLOCK_BYTES, StreamBlock
from coinapi_idx_cli.protocol.compose import Composer, chunks_of_a_block
from coinapi_idx_cli.protocol.feed_comparison import FeedComparison
from coinapi_idx_cli.protocol.log_actions import Action, Append, AskEnd, Flight, Follow, Mode, Rest, Tell
from coinapi_idx_cli.protocol.messages import decode_value
from coinapi_idx_cli.protocol.restore import Restoration
from coinapi_idx_cli.protocol.turns import TAKEOVER_S, Turns

TIDY_EVERY_S = 5.0
NEVER = float("inf")


class CaptureMachine:
    """A machine that captures: it stands by, or writes.

    `writer`: NAME/RUN, which no other run ever has. `chance` gives numbers from 0 to 1.

    `known`: the last sequence of the stream that was compared with my feed, or written by me.
    """

    def __init__(
        self,
        writer: str,
        *,
        takeover_s: float = TAKEOVER_S,
        chance: Callable[[], float],
        backlog: FeedBacklog | None = None,
    ) -> None:
        self.mode = Mode.OFFLINE
        self.waiting = FeedComparison(backlog if backlog is not None else MemoryBacklog())
        self.alignment, self.backlog = self.waiting.alignment, self.waiting.backlog
        self.flight: Flight | None = None
        self.is_stopping = False
        self.composer = Composer(writer)
        self._turns = Turns(takeover_s, chance)
        self.created: str | None = None
        self.doubt: list[Flight] = []  # nobody said whether these are in the stream
        self._restoration = Restoration()
        self._target = 0  # caught up from here on
        self._may_write_gap = False
        self._told_missed = 0
        self._tidy_s = 0.0
        self.alignment.lose("not_running")

    @property
    def known(self) -> int:
        return self.composer.known

    def feed(self, chunk: Chunk) -> list[Action]:
        self.backlog.put(chunk)
        return self._advance(chunk.at_s)

    def lose_feed(self, kind: str, received_ns: int, now: float) -> list[Action]:
        """What comes next does not follow what came last."""
        return self.feed(Chunk(b"", 0, received_ns, now, kind))

    def stop(self, now: float) -> list[Action]:
        """No more comes from my feed: write out, and leave the stream to others."""
        self.is_stopping = True
        return self._advance(now)

    @property
    def is_done(self) -> bool:  # and others know it
        return not self.waiting_values and self.flight is None and self.mode is not Mode.WRITING

    @property
    def waiting_values(self) -> int:
        return self.waiting.waiting_values + (self.flight.uncompared_values if self.flight is not None else 0)

    def connected(self, now: float) -> list[Action]:
        return self._look(now)

    def disconnected(self, now: float) -> list[Action]:
        told = self._leave(now, in_doubt=True)
        self.mode = Mode.OFFLINE
        return told

    def looked(self, last: int, created: str, now: float) -> list[Action]:
        """The stream that was made then ends with that sequence."""
        if self.mode is not Mode.LOOKING:
            return []
        is_first, self._target = self.created is None, last
        told: list[Action] = []
        if not is_first and created != self.created:
            told = [Tell("rolled_back", {"from": self.known, "to": 0, "made_again": True})]
            self._forget_stream("stream_made_again")
        self.created = created
        if last < self.known:
            return [*told, *self._restore(last, now)]
        self.mode = Mode.CATCHING_UP
        if not last:
            return [*told, *self._caught_up(now)]
        return [*told, Follow(None if is_first else max(1, self.known))]

    def nothing_follows(self, now: float) -> list[Action]:
        """No message follows the last one that I know: they were deleted because of their age."""
        return self._caught_up(now) if self.mode is Mode.CATCHING_UP else []

    def received(self, sequence: int, block: StreamBlock, now: float) -> list[Action]:
        """The next message of the stream."""
        if self.mode is Mode.RESTORING:
            return self._compare_restored(sequence, block, now)
        if self.mode not in (Mode.CATCHING_UP, Mode.STANDBY) or sequence < self.known:
            return []
        if self.composer.is_contradicted(sequence, block):
            return self._diverged(sequence - 1, now)
        told: list[Action] = []
        if sequence > self.known:
            self._take_in(sequence, block, now)
            told = self._tell_missed()
        else:
            self.composer.note(sequence, block)
        if self.mode is Mode.CATCHING_UP and sequence >= self._target:
            return [*told, *self._caught_up(now)]
        return [*told, *self._advance(now)]

    def acknowledged(self, sequence: int, now: float) -> list[Action]:
        flight, self.flight = self.flight, None
        if flight is None:
            return []
        if self.mode is Mode.RESTORING:
            return self._compare_restored(sequence, flight.block, now)
        self._landed(sequence, flight, now)
        if flight.block.is_yield:
            self._stand_by(now)
            return [Tell("yielded", {}), Tell("standing_by", {}), *self._look(now)]
        return self._advance(now)

    def refused(self, now: float, *, is_certain: bool = True) -> list[Action]:
        """Somebody else wrote; or, if not `is_certain`, the engine answered with an error."""
        if self.flight is None:
            return []
        expected = self.flight.expected + 1
        told = [Tell("refused_append", {"sequence": expected}), *self._leave(now, in_doubt=not is_certain)]
        self._turns.wait_a_little(now)
        return [*told, *self._look(now)]

    def tick(self, now: float) -> list[Action]:
        if now >= self._tidy_s:
            self._tidy_s = now + TIDY_EVERY_S
            self.waiting.forget_old(now)
            return [*self._tell_missed(), *self._advance(now)]
        return self._advance(now)

    def next_due_s(self) -> float:
        if self.mode is Mode.RESTORING and self.flight is None:
            return self._turns.not_before_s
        takeover_s = self._takeover_due_s() if self.mode is Mode.STANDBY else NEVER
        return min(takeover_s, self._tidy_s if self.alignment.held or self.alignment.written else NEVER)

    def _advance(self, now: float) -> list[Action]:
        """Do what can be done."""
        if self.mode is Mode.WRITING:
            return self._write(now)
        if self.mode is Mode.RESTORING:
            return self._append_restored(now)
        self.waiting.load()
        if self.mode is Mode.STANDBY and now >= self._takeover_due_s():
            return self._take_over(now)
        return []

    def _takeover_due_s(self) -> float:
        oldest = self.alignment.oldest()
        if oldest is None:
            return NEVER
        return self._turns.due_s(oldest.at_s, self.composer.last, self.composer.writer, is_met=self.alignment.is_met)

    def _take_over(self, now: float) -> list[Action]:
        cut = self.alignment.settle()
        self._may_write_gap = not self.alignment.is_met
        if self.composer.last is None and self.alignment.losses and self.alignment.losses[0].kind == "not_running":
            self.alignment.assume_nothing_is_missing()
        self.mode = Mode.WRITING
        self.alignment.is_writing = True
        differing = sorted({*cut, *self.alignment.differing})
        told = [Tell("sites_differ", {"indexes": differing})] if differing else []
        return [Rest(), Tell("writing", {"after": self.known}), *told, *self._tell_missed(), *self._write(now)]

    def _stand_by(self, now: float) -> None:
        self._turns.begin(now)
        self.alignment.stand_by()
        self._may_write_gap = False

    def _look(self, now: float) -> list[Action]:
        self.mode = Mode.LOOKING
        self._stand_by(now)
        return [AskEnd()]

    def _caught_up(self, now: float) -> list[Action]:
        self.mode = Mode.STANDBY
        self._turns.still_since_s = now
        return self._advance(now)

    def _leave(self, now: float, *, in_doubt: bool) -> list[Action]:
        """Write no more; what was on its way is held again."""
        was_writing = self.mode is Mode.WRITING
        flight, self.flight = self.flight, None
        if flight is not None and self.mode is Mode.WRITING:
            before = self.alignment.held
            for chunk in flight.chunks:  # in the order of my feed: nothing else was held when they were sent
                self.waiting.show(chunk)
            if flight.chunks:
                flight.held = list(self.alignment.first(1 << 62))[before:]
            if in_doubt:
                self.doubt.append(flight)
        self._stand_by(now)
        return [Tell("standing_by", {})] if was_writing else []

    def _write(self, now: float) -> list[Action]:
        if self.flight is not None:
            return []
        alignment = self.alignment
        self.waiting.load_to_write(now)
        if alignment.held and alignment.is_met:
            held = list(alignment.first(BLOCK_BYTES))
            return self._append(Flight(self.composer.of_held(held), self.known, held=held))
        if alignment.losses:
            if self._may_write_gap and alignment.held:
                self._may_write_gap = False
                gap = self.composer.gap(alignment.losses[0].kind, alignment.oldest())
                return self._append(Flight(gap, self.known))
            return self._yield("the feed of this machine was interrupted")
        if chunks := chunks_of_a_block(self.backlog):
            return self._append(Flight(self.composer.of_chunks(chunks), self.known, chunks=chunks))
        return self._yield("this machine stops") if self.is_stopping else []

    def _append(self, flight: Flight) -> list[Action]:
        self.flight = flight
        return [Append(flight.expected, flight.block)]

    def _yield(self, reason: str) -> list[Action]:
        return self._append(Flight(self.composer.leaving(reason), self.known))

    def _take_in(self, sequence: int, block: StreamBlock, now: float) -> None:
        mine = [flight for flight in self.doubt if flight.block.id == block.id]
        self.doubt = [flight for flight in self.doubt if flight.expected >= sequence]
        if mine:
            self._landed(sequence, mine[0], now)
            return
        if not block.control:
            self.alignment.wrote(map(decode_value, block.lines()), now)
        self._note(sequence, block, now)

    def _landed(self, sequence: int, flight: Flight, now: float) -> None:
        """What I wrote is in the stream."""
        self.alignment.acknowledged(flight.held)
        if flight.block.is_gap:
            self.alignment.forget_first_loss()
        self._note(sequence, flight.block, now)

    def _note(self, sequence: int, block: StreamBlock, now: float) -> None:
        self._restoration.retained.keep(sequence, block, now)
        self.composer.note(sequence, block)
        self._turns.still_since_s = now

    def _tell_missed(self) -> list[Action]:
        count, self._told_missed = self.alignment.missed - self._told_missed, self.alignment.missed
        return [Tell("missed", {"values": count})] if count else []

    def _restore(self, last: int, now: float) -> list[Action]:
        """The stream ends before what I know was acknowledged."""
        told: list[Action] = [Tell("rolled_back", {"from": self.known, "to": last})]
        if not self._restoration.begin(last, self.known):
            self._forget_stream("rolled_back")
            self.mode, self._target = Mode.CATCHING_UP, last
            return [*told, *([Follow(last)] if last else self._caught_up(now))]
        self.mode = Mode.RESTORING
        self._turns.wait_by_chance(now)
        return [*told, Follow(max(1, last)), *self._append_restored(now)]

    def _append_restored(self, now: float) -> list[Action]:
        block = self._restoration.next_block()
        if self.flight is not None or block is None or now < self._turns.not_before_s:
            return []
        return self._append(Flight(block, self._restoration.has_until))

    def _compare_restored(self, sequence: int, block: StreamBlock, now: float) -> list[Action]:
        """A message that the stream has again, whoever put it there, or the last one that it did not forget."""
        if not self._restoration.is_same(sequence, block):
            return self._diverged(sequence - 1, now)
        if self._restoration.has_until >= self.known:
            self.flight = None
            return self._look(now)
        return self._append_restored(now)

    def _diverged(self, same_until: int, now: float) -> list[Action]:
        """The stream forgot, and somebody who did not know wrote on: what it forgot is to be written once more."""
        retained = self._restoration.retained
        same_until = min(same_until, retained.first_sequence - 1)
        blocks, told = retained.after(same_until), Tell("rolled_back", {"from": self.known, "to": same_until})
        texts = [line for block in blocks for line in block.lines()]
        received_ns = blocks[-1].received_ns if blocks else 0
        self._leave(now, in_doubt=True)
        self.alignment.take_back(texts, list(map(decode_value, texts)), received_ns, now)
        retained.forget_after(same_until)
        self.composer.begin_again()
        self.composer.known = max(0, same_until)
        return [told, *self._look(now)]

    def _forget_stream(self, kind: str) -> None:
        self.alignment.begin_again(kind)
        self._restoration = Restoration()
        self.doubt = []
        self.composer.begin_again()
