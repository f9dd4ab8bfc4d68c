"""What indexes are called on the screen: without what all of them begin with, and each in its own way. Pure."""

from __future__ import annotations

from collections.abc import Callable
from itertools import takewhile

from msgspec import Struct

from coinapi_idx_cli.terminal.text import shorten_all

_LEAST_WORDS = 2  # of a name are left: BTC_USD


class IndexNames(Struct, frozen=True):
    """Of all indexes there are, on the screen or not; another one when there are others."""

    all_ids: tuple[str, ...] = ()

    @property
    def prefix(self) -> str:
        """Whole words that all begin with."""
        if len(self.all_ids) < 2:
            return ""
        first, last = min(self.all_ids).split("_"), max(self.all_ids).split("_")  # what these share, all do
        shared = list(takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False)))
        words = min(index_id.count("_") + 1 for index_id in self.all_ids)
        return "".join(f"{word}_" for word, _ in shared[: max(0, words - _LEAST_WORDS)])


NO_NAMES = IndexNames()


class ShownNames:
    """The names that fit into a width, worked out when it or the indexes change. `clean`: for text from elsewhere."""

    def __init__(self, clean: Callable[[str], str], dots: str) -> None:
        self.prefix = ""
        self._clean = clean
        self._dots = dots
        self._names = NO_NAMES
        self._width = -1
        self._labels: dict[int, str] = {}  # by the hashes of the ids, which may be of any length
        self._shown: dict[int, str] = {}

    def learn(self, names: IndexNames) -> None:
        if names is not self._names:
            self._names, self._width = names, -1
            self.prefix = names.prefix
            self._labels = {hash(index_id): self._label(index_id) for index_id in names.all_ids}

    def label(self, index_id: str) -> str:
        """Of any length."""
        return self._labels.get(hash(index_id)) or self._label(index_id)

    def fit(self, index_ids: list[str], width: int) -> list[str]:
        """What they are called within that width, each in its own way."""
        if width != self._width:
            self._width = width
            labels = tuple(self._labels.values())
            self._shown = dict(zip(self._labels, shorten_all(labels, width, self._dots), strict=True))
        unknown = tuple(self.label(index_id) for index_id in index_ids if hash(index_id) not in self._shown)
        newcomers = iter(shorten_all(unknown, width, self._dots))
        return [self._shown.get(hash(index_id)) or next(newcomers) for index_id in index_ids]

    def _label(self, index_id: str) -> str:
        return self._clean(index_id.removeprefix(self.prefix))
