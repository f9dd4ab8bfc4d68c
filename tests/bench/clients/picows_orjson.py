"""The quickest Python has: picows cuts frames in C, orjson decodes and encodes each message; one write a read."""

import asyncio
import sys

import orjson
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect


class Printer(WSListener):  # type: ignore[misc, unused-ignore]
    def __init__(self) -> None:
        self._lines: list[bytes] = []

    def on_ws_connected(self, transport: WSTransport) -> None:
        transport.send(WSMsgType.TEXT, b'{"type":"hello","heartbeat":true}')

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.TEXT:
            self._lines.append(
                orjson.dumps(orjson.loads(frame.get_payload_as_memoryview()), option=orjson.OPT_APPEND_NEWLINE)
            )
        elif frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()
        if frame.last_in_buffer:
            self._write()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._write()

    def _write(self) -> None:
        sys.stdout.buffer.write(b"".join(self._lines))
        sys.stdout.buffer.flush()
        self._lines.clear()


async def main() -> None:
    transport, _ = await ws_connect(Printer, sys.argv[1])
    await transport.wait_disconnected()


asyncio.run(main())
