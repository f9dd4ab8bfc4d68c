"""A notice of years, and a first connection that only heartbeats: what the second one brings is written anyway."""

from __future__ import annotations

import subprocess
import sys
import threading

from coinapi_idx_cli.simulator import Simulator
from tests.harness import GENEROUS_S, environment

BTC = "IDX_REFRATE_VWAP_BTC"
SOON = (  # as the program does it after five seconds
    "import coinapi_idx_cli.protocol.overtake as overtaking; overtaking.OVERTAKES_AFTER_S = 0.5;"
    "overtaking.GOES_ON_AFTER_S = 0.1; from coinapi_idx_cli.__main__ import main; main()"
)


def test_the_second_connection_takes_over() -> None:
    with Simulator(rate=0, heartbeat_s=0.05) as sim:
        arguments = ["watch", "--all", "--url", sim.url, "-n", "20", "-f", "csv", "--no-header"]
        with subprocess.Popen(
            [sys.executable, "-c", SOON, *arguments], stdout=subprocess.PIPE, env=environment()
        ) as running:
            first = sim.wait_for_peer(1, GENEROUS_S)
            first.send_text('{"type":"reconnect","within_seconds":1e9,"before_time":"x"}')
            second = sim.wait_for_peer(2, GENEROUS_S)
            ended = threading.Event()

            def bring() -> None:
                for number in range(1000):
                    if ended.wait(0.05):
                        return
                    second.send_text(
                        f'{{"type":"index","index_id":"{BTC}","time_coinapi":"2026-11-26T00:00:00.{number:07}Z","value":1}}'
                    )

            feeder = threading.Thread(target=bring)
            feeder.start()
            out, _ = running.communicate(timeout=GENEROUS_S)
            ended.set()
            feeder.join()
    assert running.returncode == 0
    times = [line.split(b",")[0] for line in out.splitlines()]
    assert len(times) == 20
    assert times == [b"2026-11-26T00:00:00.%07dZ" % number for number in range(20)]
