"""The fast tests are chosen by what the code of a test can start."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import harness
from tests.harness import Running
from tests.processes import Guard, can_start_a_process, uses

NOTHING = [sys.executable, "-c", ""]


def by_module() -> None:
    subprocess.run(NOTHING, check=True)


def by_fork() -> int:
    return os.fork()


def by_a_class() -> None:
    Running("--version")


def by_a_module_of_tests() -> None:
    harness.run("--version")


def by_an_import_within() -> None:
    from multiprocessing import Process

    Process().start()


def by_a_function_within() -> None:
    def start() -> None:
        by_module()

    start()


@given(st.none())
def by_a_decorated_one(_: None) -> None:
    by_module()


@pytest.mark.parametrize(
    "part",
    [
        by_module,
        by_fork,
        by_a_class,
        by_a_module_of_tests,
        by_an_import_within,
        by_a_function_within,
        by_a_decorated_one,
        partial(by_module),
        {"a": [by_module]},
        Running,
    ],
)
def test_what_starts_a_process_is_seen(part: object) -> None:
    assert can_start_a_process([part])


def in_this_process() -> None:
    harness.run_here("--version")
    os.close(pty.openpty()[0])


def test_what_starts_none_is_not() -> None:
    assert not can_start_a_process([in_this_process, in_this_process, "text", [1], None])


@pytest.fixture
def process() -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(NOTHING, check=True)


def test_a_fixture_counts(request: pytest.FixtureRequest, process: subprocess.CompletedProcess[bytes]) -> None:
    assert isinstance(request.node, pytest.Function)
    assert process.returncode == 0
    assert can_start_a_process(uses(request.node))
    assert request.node.get_closest_marker("process") is not None


def test_the_guard_notes_what_is_started() -> None:
    guard = Guard()
    by_module()
    assert any(event.startswith("subprocess.Popen") for event in guard.started)
