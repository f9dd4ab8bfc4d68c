"""A running shell, one for all tests of a module: starting zsh takes half a second."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.completions.needed import installed
from tests.completions.shells import PREPARE, Shell, write_index_list

INDEX_IDS = [f"IDX_REFRATE_{kind}_{number:04}_USD" for kind in ("PRIMKT", "VWAP") for number in range(3850)]


@pytest.fixture(scope="module", params=sorted(PREPARE))
def shell(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """With 7,700 ids in the list, and a file with a blank in its name where the shell is."""
    home = tmp_path_factory.mktemp("home")
    write_index_list(home / "cache", INDEX_IDS)
    running = Shell(installed(request.param), home)
    (home / "work" / "notes of mine.key").touch()
    with running.terminal:
        yield running
    assert not running.started_python()
