"""Runs of `idxstream doctor`, and what their lines say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from coinapi_idx_cli.catalogue.server import RestServer
from coinapi_idx_cli.credentials.api_key import ApiKey
from coinapi_idx_cli.doctor.case import Case, Key, WaitLimits
from coinapi_idx_cli.doctor.examination import Examination
from coinapi_idx_cli.doctor.step import Step
from coinapi_idx_cli.simulator import Simulator
from tests.harness import GENEROUS_S, Ended, run_here

KEY = "4F1C0FFE-5ECR-37KE-Y000-0123456789AB"
BTC = "IDX_REFRATE_PRIMKT_BTC_USD"
NOBODY = "http://127.0.0.1:1"
STEPS = [
    "settings",
    "names",
    "tcp",
    "tls",
    "upgrade",
    "key by header",
    "key by query",
    "key by hello",
    "heartbeat",
    "ping",
    "first value",
    "clock",
    "list",
]

Line = dict[str, Any]


def command(*arguments: str, env: Mapping[str, str] | None = None) -> Ended:
    return run_here("doctor", *arguments, env=env)


class Examined:
    """A run that is over. Nothing is on stderr, and the key in no place."""

    def __init__(self, done: Ended) -> None:
        self.code = done.code
        assert done.err == ""
        assert KEY not in done.out
        self.lines: list[Line] = [json.loads(line) for line in done.out.splitlines()]
        assert [line["step"] for line in self.lines] == STEPS
        assert all(set(line) == {"step", "ok", "seconds", "detail", "hint"} for line in self.lines)

    def __getitem__(self, step: str) -> Line:
        return next(line for line in self.lines if line["step"] == step)

    @property
    def first_bad(self) -> Line:
        return next(line for line in self.lines if line["ok"] is False)

    @property
    def good(self) -> list[str]:
        return [line["step"] for line in self.lines if line["ok"]]


def doctor(url: str, rest_url: str, *arguments: str, env: Mapping[str, str] | None = None) -> Examined:
    return Examined(command("--url", url, "--rest-url", rest_url, *arguments, env=env))


def examine(sim: Simulator, *arguments: str) -> Examined:
    return doctor(sim.url, sim.rest_url, *arguments)


def first_bad(url: str, code: int, *arguments: str, env: Mapping[str, str] | None = None) -> Line:
    """Of a run against a server of the feed only."""
    done = doctor(url, NOBODY, *arguments, env=env)
    assert done.code == code
    return done.first_bad


def case(url: str, rest_url: str, *, index_id: str | None = None, key: str | None = None, **details: Any) -> Case:
    """With limits that make a quiet server quick to tell."""
    api_key = ApiKey(key) if key else None
    limits = details.pop("limits", WaitLimits(heartbeat_s=0.2, value_s=0.2))
    rest = RestServer(rest_url, api_key, None, GENEROUS_S)
    settled: dict[str, Any] = {"auth": "header", "timeout_s": GENEROUS_S, "limits": limits, **details}
    return Case(url, "--url", Key(api_key, "--api-key"), rest=rest, index_id=index_id, **settled)


def steps_of(case: Case) -> dict[str, Step]:
    steps = list(Examination(case).steps(lambda _: None))
    assert [step.name for step in steps] == STEPS
    return {step.name: step for step in steps}


def key_file(folder: Path, text: str = KEY) -> Path:
    path = folder / "key"
    path.write_text(f"{text}\n")
    path.chmod(0o600)
    return path
