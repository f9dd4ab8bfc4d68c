"""Which list is taken: the young one that is kept, the server's, or the old one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from coinapi_idx_cli.catalogue.cache import FRESH_FOR_S, Cache
from coinapi_idx_cli.catalogue.listing import Listing, age
from coinapi_idx_cli.catalogue.server import RestServer
from coinapi_idx_cli.errors import CredentialsError, NoConnectionError
from tests.catalogue.servers import IDS, Scripted, http, scripted, the_list


class Scene:
    """A listing with a clock and ears of its own."""

    def __init__(self, server: RestServer, folder: Path) -> None:
        self.now_s = 1_000_000.0
        self.notices: list[str] = []
        self.warnings: list[str] = []
        self.listing = Listing(server, Cache(folder), self, lambda: self.now_s)

    def notice(self, text: str) -> None:
        self.notices.append(text)

    def warning(self, text: str) -> None:
        self.warnings.append(text)


@contextmanager
def scene(folder: Path, *answers: bytes) -> Iterator[tuple[Scene, Scripted]]:
    with scripted(*answers) as there:
        yield Scene(there.server(), folder), there


def test_what_was_fetched_is_fresh_for_a_day(tmp_path: Path) -> None:
    with scene(tmp_path, the_list()) as (here, there):
        assert here.listing.fresh() is None
        fetched = here.listing.fetch()
        assert (fetched.ids, here.listing.fresh()) == (IDS, fetched)
        here.now_s += FRESH_FOR_S
        assert here.listing.fresh() is None
        assert len(there.requests) == 1


def test_the_server_is_asked_whether_it_has_another(tmp_path: Path) -> None:
    with scene(tmp_path, the_list(ETag='"1"'), http(304), the_list("IDX_C", ETag='"2"')) as (here, there):
        here.listing.fetch()
        here.now_s += FRESH_FOR_S
        assert here.listing.fetch().ids == IDS
        assert here.listing.fresh() is not None  # for another day
        assert here.listing.fetch().ids == ("IDX_C",)
        assert [b'If-None-Match: "1"' in request for request in there.requests] == [False, True, True]


def test_a_server_that_cannot_be_reached_means_the_old_list_and_a_warning(tmp_path: Path) -> None:
    with scene(tmp_path, the_list()) as (here, there):
        here.listing.fetch()
    here.now_s += 3 * FRESH_FOR_S
    assert here.listing.fetch().ids == IDS
    (line,) = here.warnings
    assert line == f"cannot connect to 127.0.0.1:{there.port}: Connection refused; using the saved list, 3 days old"


def test_and_none_when_there_is_no_old_list(tmp_path: Path) -> None:
    here = Scene(RestServer("http://127.0.0.1:1"), tmp_path)
    with pytest.raises(NoConnectionError, match="refused, and there is no saved list of indexes"):
        here.listing.fetch()


def test_a_refusal_is_one_whatever_is_kept(tmp_path: Path) -> None:
    with scene(tmp_path, the_list(), http(403)) as (here, _):
        here.listing.fetch()
        with pytest.raises(CredentialsError):
            here.listing.fetch()


def test_a_list_that_cannot_be_kept_is_good_all_the_same(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    with scene(in_the_way / "idxstream", the_list()) as (here, _):
        assert here.listing.fetch().ids == IDS
    assert here.warnings == [f"cannot save the list of indexes in {in_the_way}/idxstream: Not a directory"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-5, "a moment"), (59, "a moment"), (60, "1 minute"), (7199, "1 hour"), (7200, "2 hours"), (200_000, "2 days")],
)
def test_ages(seconds: float, text: str) -> None:
    assert age(seconds) == text
