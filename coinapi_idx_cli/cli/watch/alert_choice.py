"""Alerts of a run: from the rules of the command line to what is told, and to whom."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from coinapi_idx_cli.catalogue.short_names import needs_list
from coinapi_idx_cli.cli.indexes.resolve_ids import chosen_ids
from coinapi_idx_cli.cli.options.connection_settings import ConnectionSettings
from coinapi_idx_cli.cli.options.parsers import duration
from coinapi_idx_cli.cli.reporter import Reporter
from coinapi_idx_cli.cli.watch.alert_command import AlertCommand, command_words
from coinapi_idx_cli.errors import UsageError
from coinapi_idx_cli.outputs.alerts_output import AlertsOutput, Told
from coinapi_idx_cli.outputs.base import Output
from coinapi_idx_cli.protocol.alert_rules import AlertKind, AlertRule, parse_rule
from coinapi_idx_cli.protocol.alerts import Alert, Alerts
from coinapi_idx_cli.terminal.one_line import is_index_id

if TYPE_CHECKING:
    from coinapi_idx_cli.table.view import Table


class AlertChoice(Struct, frozen=True):
    """What --alert and --exec ask for; the ids are whole ones."""

    rules: tuple[AlertRule, ...]
    command: tuple[str, ...] | None


def alerting_of(texts: Sequence[str], command: str | None) -> AlertChoice | None:
    """None where no alert is asked for. Raises UsageError."""
    try:
        rules = tuple(parse_rule(text, duration) for text in texts)
    except ValueError as error:
        raise UsageError(f"--alert {error}") from error
    for rule in rules:
        if rule.kind is not AlertKind.GAP and (not is_index_id(rule.index_id) or set(rule.index_id) & set("*?[,")):
            raise UsageError(f"--alert {rule.text!r}: {rule.index_id!r} is not an index id", "name one index")
    words = command_words(command) if command is not None else None
    return AlertChoice(rules, words) if rules else None


def names_in(alerting: AlertChoice | None) -> list[str]:
    """The ids and short names that the rules are about."""
    return [rule.index_id for rule in alerting.rules if rule.index_id] if alerting is not None else []


def check_whole_ids(alerting: AlertChoice | None) -> None:
    """Raises UsageError for a short name, which only the list of indexes could explain."""
    for name in filter(needs_list, names_in(alerting)):
        raise UsageError(f"--alert: {name!r} is a short name, and a stream has no list of indexes", "give the whole id")


def with_whole_ids(
    alerting: AlertChoice, watched: tuple[str, ...] | None, link: ConnectionSettings, reporter: Reporter
) -> AlertChoice:
    """With the id that each name means. `watched` None: all. Raises UsageError for one that is not watched."""
    if watched == ():  # the demo's own
        from coinapi_idx_cli.simulator import DEMO_IDS

        watched = DEMO_IDS
    rules = []
    for rule in alerting.rules:
        if rule.kind is AlertKind.GAP or (watched and rule.index_id in watched):
            rules.append(rule)
            continue
        (index_id,) = chosen_ids([rule.index_id], link, reporter)
        if watched is not None and index_id not in watched:
            what = f"--alert {rule.text!r} is about {index_id}, which this run does not watch"
            raise UsageError(what, "add it to the ids")
        rules.append(replace(rule, index_id=index_id))
    return replace(alerting, rules=tuple(rules))


class AlertTeller(Told):
    """Tells each alert on stderr, in the event log and on the terminal, and runs the command."""

    def __init__(self, reporter: Reporter, command: AlertCommand | None, table: Table | None) -> None:
        self._reporter = reporter
        self._command = command
        self._table = table

    def tell(self, alerts: Sequence[Alert]) -> None:
        for alert in alerts:
            if self._command is not None:
                self._command.run(alert)
            line = _line(alert)
            if self._table is not None:
                self._table.ring(alert.index_id, line)
            self._reporter.alert(
                line,
                rule=alert.rule,
                index_id=alert.index_id or None,
                value=alert.value or None,
                time_coinapi=alert.time or None,
            )

    def close(self) -> None:
        if self._command is not None:
            self._command.close()


def _line(alert: Alert) -> str:
    value = f": {alert.value}" if alert.value else ""
    time_of_it = f" at {alert.time}" if alert.time else ""
    return f"{alert.rule}{value}{time_of_it}"


def with_alerts(output: Output, alerting: AlertChoice, reporter: Reporter, table: Table | None) -> AlertsOutput:
    """The output with alerts beside it."""
    command = None
    if alerting.command is not None:
        command = AlertCommand(alerting.command, os.environ, reporter.warning, reporter.redactor.clean)
    teller = AlertTeller(reporter, command, table)
    alerts = Alerts(alerting.rules, time.monotonic())
    return AlertsOutput(output, alerts, teller, time.monotonic)
