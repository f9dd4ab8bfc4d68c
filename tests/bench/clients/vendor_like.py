"""Ten lines after the vendor's Python example: websocket-client, its WebSocketApp, json, print."""

import json
import sys

import websocket


def on_open(app: websocket.WebSocketApp) -> None:
    app.send(json.dumps({"type": "hello", "heartbeat": True}))


def on_message(app: websocket.WebSocketApp, text: str) -> None:
    print(json.dumps(json.loads(text)))


websocket.WebSocketApp(sys.argv[1], on_open=on_open, on_message=on_message).run_forever()
