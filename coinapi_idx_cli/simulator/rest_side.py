"""The REST side as it answers: who may ask, what it costs, how the answer travels, and what goes wrong with it."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections import deque
from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import parse_qsl, unquote, urlsplit

from websockets.http11 import Request, Response

from coinapi_idx_cli.simulator.feed_socket import FeedSocket
from coinapi_idx_cli.simulator.http_answers import JSON_CONTENT, answer, raw_answer
from coinapi_idx_cli.simulator.rest_content import RestContent
from coinapi_idx_cli.simulator.rest_faults import RestFault, RestHabits
from coinapi_idx_cli.simulator.rest_questions import RestQuestion, RestRefusalError
from coinapi_idx_cli.simulator.rest_quota import RestQuota, cost_of

_LARGE_BYTES = 1024
_CHUNK_BYTES = 16_384
_PARTS = 10
_FAST = 1  # of gzip: what is saved beyond that is not worth the feed's time


class RestSide:
    """Answers questions about the past. Its attributes may be set and read from any thread, at any time.

    `habits`: of all answers. `asked`: the path of each question, with its parameters, in order. `quota`: what it cost.
    """

    def __init__(self, content: RestContent, quota: RestQuota) -> None:
        self.habits = RestHabits()
        self.quota = quota
        self.asked: deque[str] = deque(maxlen=100_000)
        self._content = content
        self._faults: deque[RestFault | None] = deque()

    def fail_next(self, *faults: RestFault | None) -> None:
        """What happens to the next answers, one after the other; None is an answer that nothing happens to."""
        self._faults.extend(faults)

    async def answer(self, socket: FeedSocket, request: Request) -> Response:
        """Whole, or a part of it and the end of the connection. The work is done in another thread."""
        self.asked.append(_without_key(request.path))
        fault = (self._faults.popleft() if self._faults else None) or RestFault()
        await asyncio.sleep(fault.wait_s)
        if fault.status is not None:
            response = _refusal(fault.status, fault.text, fault.headers)
        else:
            response = await asyncio.to_thread(self._answer, request)
        if fault.cut_after is not None or fault.pause_s:
            await _send_in_parts(socket, response, fault)
        return response

    def _answer(self, request: Request) -> Response:
        wait_s = self.quota.wait_s()
        if wait_s is not None:
            text = f"Quota exceeded: {self.quota.limit} calls; try again in {wait_s} s"
            return _refusal(HTTPStatus.TOO_MANY_REQUESTS, text, self.quota.headers(0) | {"Retry-After": str(wait_s)})
        parts, habits = urlsplit(request.path), self.habits
        try:
            question = RestQuestion(dict(parse_qsl(parts.query, keep_blank_values=True)))
            found = self._content.answer(unquote(parts.path), question, habits)
        except RestRefusalError as error:
            self.quota.take(1)
            return _refusal(error.status, str(error), self.quota.headers(1))
        cost = 1 if isinstance(found, str) else cost_of(len(found))
        self.quota.take(cost)
        body = (found if isinstance(found, str) else f"[{','.join(found)}]").encode()
        return _coded(body, self.quota.headers(cost), habits, request)


def _without_key(path: str) -> str:
    return path if "apikey=" not in path else path.partition("?")[0]


def _refusal(status: int, text: str, headers: Mapping[str, str]) -> Response:
    return answer(status, json.dumps({"error": text}), {"Content-Type": JSON_CONTENT} | dict(headers))


def _coded(body: bytes, headers: Mapping[str, str], habits: RestHabits, request: Request) -> Response:
    coding, fields = habits.coding, dict(headers)
    if coding == "asked":
        accepts = any("gzip" in value for value in request.headers.get_all("Accept-Encoding"))
        is_large = len(body) > _LARGE_BYTES
        is_zipped, is_chunked = accepts and is_large, is_large
    else:
        is_zipped, is_chunked = "gzip" in coding, "chunked" in coding
    if is_zipped:
        body = gzip.compress(body, _FAST)
        fields["Content-Encoding"] = "gzip"
    if is_chunked:
        fields["Transfer-Encoding"] = "chunked"
        pieces = (body[begin : begin + _CHUNK_BYTES] for begin in range(0, len(body), _CHUNK_BYTES))
        body = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    return raw_answer(HTTPStatus.OK, body, {"Content-Type": JSON_CONTENT} | fields)


async def _send_in_parts(socket: FeedSocket, response: Response, fault: RestFault) -> None:
    """All of it, or as much as comes before the cut; then the end of the connection."""
    whole = response.serialize()
    body_begins = whole.index(b"\r\n\r\n") + 4
    body = whole[body_begins:]
    if fault.cut_after is not None:
        body = body[: int(len(body) * fault.cut_after)]
    size = max(1, -(-len(body) // _PARTS)) if fault.pause_s else max(1, len(body))
    socket.write(whole[:body_begins])
    for begin in range(0, len(body), size):
        socket.write(body[begin : begin + size])
        await asyncio.sleep(fault.pause_s)
    while socket.transport.get_write_buffer_size() and not socket.transport.is_closing():
        await asyncio.sleep(_SOON_S)
    if fault.how == "rst":
        socket.cut_with_rst()
    else:
        socket.cut_with_fin()


_SOON_S = 0.005
