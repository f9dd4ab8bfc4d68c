"""From the ids of `get` to its exit code: a run of `watch` that ends when each index has brought one value."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from coinapi_idx_cli.cli.indexes.resolve_ids import chosen_ids
from coinapi_idx_cli.cli.options.connection_settings import ConnectionSettings
from coinapi_idx_cli.cli.reporter import Reporter
from coinapi_idx_cli.cli.watch.run import run_watch
from coinapi_idx_cli.cli.watch.settings import Subscription, WatchSettings, Writing
from coinapi_idx_cli.errors import ExitCode, NoConnectionError
from coinapi_idx_cli.formats.base import Format, FormatContext
from coinapi_idx_cli.formats.registry import format_class
from coinapi_idx_cli.formats.value_text import ValueText
from coinapi_idx_cli.outputs.encoded_output import EncodedOutput
from coinapi_idx_cli.outputs.first_values import FirstValues
from coinapi_idx_cli.protocol.stops import StopRules
from coinapi_idx_cli.sinks.stream import stdout_sink

TO_SAY_WHY_S = 0.1  # a connection that never was is told with its reason, before the time is up


def get_values(
    words: Sequence[str], link: ConnectionSettings, timeout_s: float, format_name: str, reporter: Reporter
) -> int:
    """Returns the exit code. Raises NoConnectionError, which names the indexes of which no value came in time."""
    given_up_s = timeout_s + TO_SAY_WHY_S
    link = replace(link, connect_timeout_s=min(link.connect_timeout_s, timeout_s))
    ids = chosen_ids(words, link, reporter)
    output_format = _format(format_name, with_ids=len(ids) > 1)
    sink = stdout_sink(is_text=output_format.is_text)
    output = FirstValues(ids, EncodedOutput(output_format, sink, reporter.redactor.clean_bytes))
    settings = WatchSettings(
        subscription=Subscription(ids, heartbeat=True, update_limit_ms=None),
        link=replace(link, give_up_after_s=timeout_s),
        writing=Writing(),
        rules=StopRules(duration_s=given_up_s, is_satisfied=output.is_complete),
    )
    try:
        code = run_watch(settings, reporter, output)
    except NoConnectionError as error:
        raise NoConnectionError(f"no value of {', '.join(output.missing)}: {error.what}", error.hint) from error
    if code == ExitCode.OK and output.missing:
        raise NoConnectionError(f"no value of {', '.join(output.missing)} within {timeout_s:g} s", "raise --timeout")
    return code


def _format(name: str, *, with_ids: bool) -> Format:
    if name == ValueText.name:
        return ValueText(FormatContext(), with_ids=with_ids)
    made: Format = format_class(name)(FormatContext())
    return made
