"""The command line: one module a command; here errors become exit codes, in one place."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterable

from coinapi_idx_cli.cli.reporter import Reporter
from coinapi_idx_cli.credentials.api_key import usual_keys
from coinapi_idx_cli.errors import ExitCode, OutputError, ReaderGoneError, UsageError, exit_code_for
from coinapi_idx_cli.terminal.stderr import Stderr

VARIABLES_WITHOUT_KEYS = ("COINAPI_KEY_FILE", "IDXSTREAM_URL", "IDXSTREAM_REST_URL", "IDXSTREAM_CONFIG")


def run(arguments: list[str]) -> int:
    """Run the command line; returns the exit code."""
    from typer.exceptions import Exit, TyperException

    from coinapi_idx_cli.cli.app import app

    reporter = Reporter(list(_keys_in_sight(arguments)))
    if isinstance(sys.stderr, Stderr):  # tracebacks of threads and warnings of libraries go there past the reporter
        sys.stderr.clean = lambda text: reporter.redactor.clean(text)
    try:
        code = app(arguments, standalone_mode=False, obj=reporter, prog_name="idxstream")
        return int(code or ExitCode.OK)
    except Exit as end:
        return end.exit_code
    except TyperException as error:
        context = getattr(error, "ctx", None)
        reporter.usage_error(error.format_message(), context.command_path if context else "idxstream")
        return ExitCode.USAGE
    except UsageError as error:
        error.what = reporter.wording(error.what)
        reporter.error(error)
        return ExitCode.USAGE
    except ReaderGoneError as error:
        return error.exit_code
    except KeyboardInterrupt:
        return ExitCode.SIGINT
    except OSError as error:  # of what Typer prints itself: help, version
        if error.errno == errno.EPIPE:
            return ExitCode.READER_GONE
        reporter.error(OutputError(f"cannot write: {error.strerror}", "free some space, or write elsewhere"))
        return ExitCode.OUTPUT
    except Exception as error:  # noqa: BLE001
        reporter.error(error)
        return exit_code_for(error)


def _keys_in_sight(arguments: list[str]) -> Iterable[str]:
    """Keys that an error could show before the options are understood, those in wrong places among them."""
    if key := os.environ.get("COINAPI_KEY", "").strip():
        yield key
    for position, argument in enumerate(arguments):
        if argument == "--api-key" and position + 1 < len(arguments):
            yield arguments[position + 1]
        elif argument.startswith("--api-key="):
            yield argument.partition("=")[2]
    for text in (*arguments, *filter(None, map(os.environ.get, VARIABLES_WITHOUT_KEYS))):
        yield from usual_keys(text)
