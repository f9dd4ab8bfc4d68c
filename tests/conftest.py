"""Shared by all tests."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from coinapi_idx_cli.net.tls import Trust
from tests.processes import Guard, can_start_a_process, uses

if TYPE_CHECKING:
    import trustme

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # hundreds of programs start: each would compile all modules again
os.environ.pop(
    "PYTHONUNBUFFERED", None
)  # users have none: what Python cannot write at the end is an exit code of its own


def _heed_signals() -> None:
    """Programs that are started would ignore them, too, as under nohup, in the background of a script, or after a run
    within this process, which ends with SIGHUP ignored."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda _number, _frame: None)


_heed_signals()
# On a loaded machine an example may take any time. They are the same each time, so that a commit that has passed passes
# again; `--hypothesis-profile=search` tries new ones.
settings.register_profile("search", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("any machine", settings.get_profile("search"), derandomize=True)
settings.load_profile("any machine")

SETTINGS = ("COINAPI_KEY", "COINAPI_KEY_FILE", "IDXSTREAM_URL", "IDXSTREAM_REST_URL", "IDXSTREAM_CONFIG")
LOOKS = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES")  # pytest-xdist exports COLUMNS, as some shells do
_guard = Guard()
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fail-on-skip", action="store_true", help="a skipped test fails the run, as CI wants it")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Of `-n auto`: most tests wait, for programs and for what is to happen later."""
    return 2 * (os.cpu_count() or 1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if isinstance(item, pytest.Function) and can_start_a_process(uses(item)):
            item.add_marker("process")


def pytest_collection_finish() -> None:
    gc.freeze()  # else every collection walks through some thousand tests


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if session.config.getoption("--fail-on-skip") and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = exitstatus or pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """New folders. (`mktemp` for each test reads the names of all that were there before.)"""
    root = tmp_path_factory.mktemp("homes")

    def numbered() -> Iterator[Path]:
        for number in count():
            home = root / str(number)
            home.mkdir()
            yield home

    return numbered()


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, homes: Iterator[Path]) -> None:
    """No test sees the user's key, proxies, settings or list of indexes, nor leaves one there."""
    _heed_signals()
    home = next(homes)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / ".cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    for name in (*SETTINGS, *LOOKS, *PROXIES, *map(str.upper, PROXIES)):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _marked_where_it_starts_processes(request: pytest.FixtureRequest) -> Iterator[None]:
    """Or `make test-fast` would run it."""
    _guard.started.clear()
    yield
    if request.node.get_closest_marker("process") is None:
        assert _guard.started == [], "mark the test with @pytest.mark.process, or teach tests/processes.py to see it"


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """Whose certificates nobody trusts without `ca_file`."""
    import trustme  # here: few need it

    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture
def trust(ca_file: Path) -> Trust:
    """In `authority`."""
    return Trust(ca_file, ca_file.read_text())
