"""What a service manager says in the environment, and that it is said to nobody else."""

from __future__ import annotations

import pytest

from coinapi_idx_cli.monitoring.supervision import Supervision, taken_supervision


@pytest.mark.parametrize(
    ("variables", "found"),
    [
        ({}, None),
        ({"NOTIFY_SOCKET": ""}, None),
        ({"NOTIFY_SOCKET": "vsock:2:1234"}, None),
        ({"NOTIFY_SOCKET": "/run/notify"}, Supervision("/run/notify")),
        ({"NOTIFY_SOCKET": "@x", "WATCHDOG_USEC": "60000000"}, Supervision("@x", 60.0)),
        ({"NOTIFY_SOCKET": "@x", "WATCHDOG_USEC": "500000", "WATCHDOG_PID": "7"}, Supervision("@x", 0.5)),
        ({"NOTIFY_SOCKET": "@x", "WATCHDOG_USEC": "500000", "WATCHDOG_PID": "8"}, Supervision("@x")),
        ({"NOTIFY_SOCKET": "@x", "WATCHDOG_USEC": "0"}, Supervision("@x")),
        ({"NOTIFY_SOCKET": "@x", "WATCHDOG_USEC": "soon"}, Supervision("@x")),
        ({"WATCHDOG_USEC": "500000", "WATCHDOG_PID": "7"}, None),
    ],
)
def test_it_is_taken_out_of_the_environment(variables: dict[str, str], found: Supervision | None) -> None:
    environment = {**variables, "PATH": "/bin"}
    assert taken_supervision(environment, 7) == found
    assert environment == {"PATH": "/bin"}


def test_a_socket_is_named_as_sockets_take_it() -> None:
    assert Supervision("/run/notify").socket_address == "/run/notify"
    assert Supervision("@a@b").socket_address == "\0a@b"
