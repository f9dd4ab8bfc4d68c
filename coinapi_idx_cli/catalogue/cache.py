"""The list on disk: whole or not there, also after a crash while writing; one file a server."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import msgspec
from msgspec.structs import replace

from coinapi_idx_cli.catalogue.sift import LeftOut, sift
from coinapi_idx_cli.net.urls import is_loopback
from coinapi_idx_cli.paths import FolderKind, platform_folder, read_small, replace_whole

LARGEST_BYTES = 32 << 20  # as large as a server's list may be
FRESH_FOR_S = 86_400.0
COMPLETED_FROM = "indexes.txt"  # where completions/ looks


class IndexList(msgspec.Struct, frozen=True):
    """A list of indexes as it is kept.

    `rest_url`: whose list it is. `fetched_s`: when that was asked last, seconds since 1970.

    `left_out`: what the server's list, or the one on disk, held beside the ids. It is not kept.
    """

    rest_url: str
    fetched_s: float
    etag: str | None
    ids: tuple[str, ...]
    left_out: LeftOut | None = None

    def is_fresh(self, now_s: float) -> bool:
        """A list from the future was fetched before the clock was put right."""
        return 0 <= now_s - self.fetched_s < FRESH_FOR_S


def cache_folder(environment: Mapping[str, str], platform: str = sys.platform) -> Path:
    """Ours for caches; completions/ looks in the same."""
    return platform_folder(FolderKind.CACHE, environment, platform)


class Cache:
    """The lists of indexes on the disk, one file a server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load(self, rest_url: str) -> IndexList | None:
        """None when there is no list of that server, or none that can be used."""
        try:
            kept = msgspec.json.decode(read_small(self._path(rest_url), LARGEST_BYTES, 0.0), type=IndexList)
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None
        ids, left_out = sift(kept.ids)
        return replace(kept, ids=ids, left_out=left_out) if kept.rest_url == rest_url and ids else None

    def store(self, latest: IndexList, host: str) -> None:
        """Raises OSError. Made-up ids of a simulator on this machine are not for completion."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_whole(self._path(latest.rest_url), msgspec.json.encode(replace(latest, left_out=None)))
        if not is_loopback(host):
            replace_whole(self.folder / COMPLETED_FROM, "".join(f"{index_id}\n" for index_id in latest.ids).encode())

    def _path(self, rest_url: str) -> Path:
        return self.folder / f"indexes-{sha256(rest_url.encode()).hexdigest()[:16]}.json"
