"""What is not JSON never becomes a value; what is not known here never costs one. Real program, real server."""

from __future__ import annotations

import json
from pathlib import Path

from coinapi_idx_cli.simulator import Simulator
from tests.harness import Running

VALUE = '{"type":"index","index_id":"IDX_A","time_coinapi":"2017-03-18T22:42:21.0000000Z","value":%s}'
FALSE_NUMBERS = ("1 085.72", "1\n2", "- 5", "1. 5", "1 e5", "tru e", "[1 2]", "01", "1e999", "NaN")
OTHER_FIELDS = ('"x":1e400', r'"x":"\ud800"', r'"\udc00":[1e400]', '"y":[true,]')
NOT_JSON = ('"x":[1 2]', '"x":[,]', '"x":{,}', '"x":[1,,]', '"x":"a" "b"')


def test_only_json_is_written_and_all_of_it(tmp_path: Path) -> None:
    log = tmp_path / "events"
    sent = [VALUE % number for number in FALSE_NUMBERS]
    sent += [VALUE % f"1,{field}" for field in NOT_JSON]
    sent += [VALUE % f"18446744073709551616,{field}" for field in OTHER_FIELDS]
    with Simulator(rate=0) as sim, Running("watch", "--all", "--url", sim.url, "--event-log", str(log)) as running:
        peer = sim.wait_for_peer()
        for text in sent:
            peer.send_text(text)
        peer.send_text(VALUE % "67401.10")
        peer.send_text('{"type":"reconnect","within_seconds":1 0,"before_time":"x"}')
        peer.send_text(VALUE % "5")
        lines = running.out.wait_for(len(OTHER_FIELDS) + 2)
        running.interrupt()
        assert running.wait() == 130
    whole = [VALUE % f"18446744073709551616,{field}" for field in OTHER_FIELDS]
    assert lines == [*(text.replace(",]", "]") for text in whole), VALUE % "67401.10", VALUE % "5"]
    stopped = json.loads(log.read_text().splitlines()[-1])
    assert (stopped["event"], stopped["values"]) == ("stopped", len(lines))
    assert stopped["malformed"] == len(FALSE_NUMBERS) + len(NOT_JSON) + 1
