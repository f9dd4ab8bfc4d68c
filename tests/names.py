"""Names that resolve to what a test wants, in programs that it starts, and addresses that swallow packets."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

SWALLOWING = "127.0.0.2"  # an address of this machine that no server here listens on

# Python runs it at its start.
_SITECUSTOMIZE = """
import json, os, socket
_known, _real = json.loads(os.environ["TEST_NAMES"]), socket.getaddrinfo
def _resolve(host, *rest, **more):
    return [found for address in _known.get(host, [host]) for found in _real(address, *rest, **more)]
socket.getaddrinfo = _resolve
"""


def resolving(known: Mapping[str, Sequence[str]], folder: Path) -> dict[str, str]:
    """The environment of a program for which these hosts have these addresses, in this order."""
    (folder / "sitecustomize.py").write_text(_SITECUSTOMIZE)
    path = f"{folder}:{Path(__file__).parent.parent}"
    return {"PYTHONPATH": path, "TEST_NAMES": json.dumps(known)}


@contextmanager
def swallowing(port: int = 0, address: str = SWALLOWING) -> Iterator[int]:
    """A port at which connections are neither made nor refused: its listener has no room for one more, so that the
    system drops what asks for one, as a broken network does."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket(family))
        listener.bind((address, port))
        listener.listen(0)
        place = listener.getsockname()
        stack.enter_context(socket.create_connection(place[:2]))
        for _ in range(2):  # some systems have room for one more
            waiting = stack.enter_context(socket.socket(family))
            waiting.settimeout(0)
            waiting.connect_ex(place)
        yield place[1]
