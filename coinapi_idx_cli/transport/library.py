"""websocket-client, without python-socks: it would load that wherever it is installed, a tenth of a start.

Nothing is lost by it, as the library opens no connection here: `net.tunnels` goes through proxies, SOCKS among them.
"""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["websocket"]

SOCKS = "python_socks"

_modules: dict[str, Any] = sys.modules
if SOCKS in _modules:
    import websocket
else:
    _modules[SOCKS] = None  # so that importing it fails, for which the library is prepared
    try:
        import websocket
    finally:
        del _modules[SOCKS]
