"""Random servers, hours of them by a fake clock: what holds of the supervisor whatever happens to its connections."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from coinapi_idx_cli.choices import Strategy
from coinapi_idx_cli.errors import (
    ConnectionLostError,
    CredentialsError,
    CreditsUsedUpError,
    IdxstreamError,
    RefusedError,
)
from coinapi_idx_cli.protocol.actions import Action, End, Fail, Open, Promote, Retry
from coinapi_idx_cli.protocol.policy import Policy
from coinapi_idx_cli.protocol.reconnect import Supervisor

STEPS = 1500
TICKS_AT_ONE_MOMENT = 5  # more of them would be a loop that turns without a pause

ERRORS: list[IdxstreamError] = [
    ConnectionLostError("connection refused"),
    ConnectionLostError("closed", close_code=1001),
    ConnectionLostError("busy", retry_after_s=20.0),
    ConnectionLostError("too many", retry_after_s=30.0, is_refusal=True),
    CreditsUsedUpError("no credits", is_refusal=True),
    CredentialsError("no key"),
    RefusedError("no such thing"),
]
NOTICES_S = [-1.0, 0.0, 0.5, 2.0, 10.0, 60.0, 1e9, float("nan"), float("inf")]


class Chaos:
    """Does something to some connection again and again, and looks at what comes of it."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.now = 0.0
        self.is_patient = self.chance.random() < 0.7
        strategy = self.chance.choice([Strategy.HANDOVER, Strategy.HANDOVER, Strategy.IMMEDIATE, Strategy.WAIT])
        give_up_after_s = None if self.is_patient else 300.0
        self.supervisor = Supervisor(Policy(10.0, 10.0, give_up_after_s, strategy), self.chance.random, self.now)
        self.links: dict[int, bool] = {}  # by number, whether it is open
        self.opens_s: list[float] = []
        self.is_over = False

    def do(self, actions: list[Action] | None) -> None:
        for action in actions or []:
            assert not self.is_over
            match action:
                case Open(number):
                    self.links[number] = False
                    self.opens_s.append(self.now)
                    assert len(self.links) <= 2
                case End(number):
                    del self.links[number]
                case Promote(number, seamless):
                    assert seamless == self.links[number]
                case Retry(wait_s):
                    assert not self.links
                    assert wait_s >= 0
                case Fail():
                    self.is_over = True

    def happen(self) -> None:
        """One of the things that servers do."""
        if not self.links:
            return
        number = self.chance.choice(list(self.links))
        what = self.chance.random()
        if not self.links[number] and what < 0.7:
            self.links[number] = True
            self.supervisor.opened(number, self.now, is_only_one=what < 0.01)
        elif not self.links[number] or what < 0.1:
            error = self.chance.choice(ERRORS[:-2] if self.is_patient else ERRORS)
            del self.links[number]
            self.do(self.supervisor.lost(number, error, self.now))
        elif what < 0.2:
            self.do(self.supervisor.noticed(number, self.chance.choice(NOTICES_S), self.now))
        elif what < 0.22:
            self.supervisor.excuse(number, self.now)
        else:
            self.supervisor.heard(number, self.now, values=what < 0.7, heartbeats=what > 0.5)

    def run(self) -> None:
        ticks_at: Counter[float] = Counter()
        for _ in range(STEPS):
            due_s = self.supervisor.next_due_s()
            assert due_s < float("inf"), "nothing would ever happen again"
            self.now = max(self.now, min(due_s, self.now + self.chance.expovariate(self.chance.choice([0.2, 5.0]))))
            if self.now >= due_s:
                ticks_at[self.now] += 1
                assert ticks_at[self.now] <= TICKS_AT_ONE_MOMENT
                self.do(self.supervisor.tick(self.now))
            if self.is_over:
                return
            self.happen()
            if self.is_over:
                return


@pytest.mark.parametrize("first_seed", range(0, 200, 50))
def test_whatever_happens(first_seed: int) -> None:
    for seed in range(first_seed, first_seed + 50):
        chaos = Chaos(seed)
        chaos.run()
        opens = chaos.opens_s
        assert all(later - earlier >= 10.0 - 1e-6 for earlier, later in zip(opens, opens[10:], strict=False)), seed
        assert not chaos.is_over or not chaos.is_patient
