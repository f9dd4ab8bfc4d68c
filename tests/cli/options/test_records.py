"""One record says what an option is; each names options that there are, and contradictions are mutual."""

from __future__ import annotations

import typer.main

from coinapi_idx_cli.cli.app import app
from coinapi_idx_cli.cli.options.introspect import commands_below, long_name, options_of
from coinapi_idx_cli.cli.options.records import RECORDS, WATCH_LIST, record_of


def test_each_record_is_of_a_parameter_that_there_is() -> None:
    commands = list(commands_below(typer.main.get_command(app)))
    options = {long_name(option) for command in commands for option in options_of(command)} | {WATCH_LIST}
    arguments = {param.name for command in commands for param in command.params} - options
    assert set(RECORDS) <= options | arguments | {"help"}
    for record in RECORDS.values():
        assert {*record.contradicts, *record.gives_way_to} <= options


def test_contradictions_are_mutual() -> None:
    for name, record in RECORDS.items():
        assert all(name in record_of(other).contradicts for other in record.contradicts)
        assert all(name in record_of(other).gives_way_to for other in record.gives_way_to)
