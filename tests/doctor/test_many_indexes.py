"""A server that names any number of indexes before the one that is waited for."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from coinapi_idx_cli.doctor.conversation import OTHERS_KEPT, Conversation
from tests.cli.watch.floods.flooded import sending, value
from tests.doctor.examined import NOBODY, case
from tests.harness import GENEROUS_S


def test_the_one_that_is_waited_for_is_found_and_few_others_are_kept() -> None:
    heard = threading.Event()

    def flood() -> Iterator[bytes]:
        yield b"".join(value(f"OTHER_{number}", number) for number in range(10 * OTHERS_KEPT))
        yield value("WANTED", 1)
        heard.wait(GENEROUS_S)

    with sending(flood) as port:
        made = case(f"ws://127.0.0.1:{port}", NOBODY, index_id="WANTED")
        talk = Conversation(made.target(made.auth), made.index_id)
        talk.open()
        assert talk.listen(GENEROUS_S, lambda: "WANTED" in talk.heard.first)
        assert talk.heard.values == 10 * OTHERS_KEPT + 1
        assert len(talk.heard.first) <= OTHERS_KEPT + 1
        heard.set()
        talk.drop()
