"""What a client asks about the past, out of a URL."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from coinapi_idx_cli.simulator.periods import PERIODS, PeriodLength
from coinapi_idx_cli.simulator.stamps import parse_ticks

_DEFAULT_LIMIT, _LARGEST_LIMIT = 100, 100_000
_FAR_AHEAD = 4_102_444_800 * 10_000_000  # 2100
NO_DATA = 550


class RestRefusalError(Exception):
    """Why there is no answer: `status` and words for the client."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = int(status)


class RestQuestion:
    """The parameters of one request. Each method raises `RestRefusalError` for what the vendor answers with 400."""

    def __init__(self, parameters: Mapping[str, str]) -> None:
        self._parameters = parameters

    def span(self, *, is_required: bool) -> tuple[int, int]:
        """`time_start`, included, and `time_end`, not; in ticks of 100 ns since 1970."""
        begin = self.time("time_start", is_required=is_required)
        end = self.time("time_end", is_required=is_required)
        if begin is not None and end is not None and begin > end:
            raise RestRefusalError(HTTPStatus.BAD_REQUEST, "time_start is after time_end")
        return 0 if begin is None else begin, _FAR_AHEAD if end is None else end

    def time(self, name: str, *, is_required: bool) -> int | None:
        """One time, in ticks; None when it may be left out and was."""
        text = self._text(name, is_required=is_required)
        ticks = None if text is None else parse_ticks(text)
        if text is not None and ticks is None:
            raise RestRefusalError(HTTPStatus.BAD_REQUEST, f"{name} is not an ISO 8601 time: {text}")
        return ticks

    def limit(self) -> int:
        """From 1 to 100,000."""
        text = self._text("limit", is_required=False)
        if text is None:
            return _DEFAULT_LIMIT
        if not (text.isascii() and text.isdigit()) or not 1 <= int(text[:9]) <= _LARGEST_LIMIT:
            raise RestRefusalError(HTTPStatus.BAD_REQUEST, f"limit is not from 1 to {_LARGEST_LIMIT}: {text}")
        return int(text)

    def period(self) -> PeriodLength:
        """Of `period_id`."""
        text = self._text("period_id", is_required=True) or ""
        if text not in PERIODS:
            raise RestRefusalError(HTTPStatus.BAD_REQUEST, f"period_id is not known: {text}")
        return PERIODS[text]

    def _text(self, name: str, *, is_required: bool) -> str | None:
        text = self._parameters.get(name)
        if text is None and is_required:
            raise RestRefusalError(HTTPStatus.BAD_REQUEST, f"{name} is missing")
        return text
