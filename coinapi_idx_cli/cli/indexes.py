"""`idxstream indexes`: its options, and what it does with them."""

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from coinapi_idx_cli.cli.options import DURATION, Quiet, Verbose, Version
from coinapi_idx_cli.cli.report import Reporter


class ListFormat(StrEnum):
    AUTO = "auto"
    TABLE = "table"
    NDJSON = "ndjson"
    CSV = "csv"


def indexes(
    context: typer.Context,
    globs: Annotated[list[str] | None, typer.Argument(
        metavar="[GLOB]...", show_default=False, help="Only these, in quotes: 'IDX_REFRATE_VWAP_*'; * ? [A-F] [!A-F].",
    )] = None,
    refresh: Annotated[bool, typer.Option(
        "--refresh", help="Ask the server, also when the list that is kept is younger than a day.")] = False,
    output_format: Annotated[ListFormat, typer.Option(
        "-f", "--format",
        help="auto is a table by family on a terminal, else one id a line; ndjson and csv have a field id.",
    )] = ListFormat.AUTO,
    api_key: Annotated[str | None, typer.Option(
        metavar="KEY",
        help="The API key. Process lists show it: COINAPI_KEY or --api-key-file are safer.")] = None,
    api_key_file: Annotated[Path | None, typer.Option(
        metavar="PATH", help="Read the API key from a file. [env: COINAPI_KEY_FILE]")] = None,
    rest_url: Annotated[str | None, typer.Option(
        metavar="URL", help="Where the list is. "
        "[env: IDXSTREAM_REST_URL] [default: https://rest-api.indexes.coinapi.io]")] = None,
    allow_plaintext: Annotated[bool, typer.Option(
        "--allow-plaintext", help="Let http:// go to other machines, key and all.")] = False,
    ca_file: Annotated[Path | None, typer.Option(
        metavar="PATH", help="Extra trust anchor for TLS, a PEM file.")] = None,
    connect_timeout: Annotated[Any, typer.Option(
        **DURATION, help="How long to wait for the server, and for each part of its answer. [default: 10s]")] = "10s",
    verbose: Verbose = 0,
    quiet: Quiet = False,
    _version: Version = False,
) -> None:  # fmt: skip
    """List the index ids there are.

    \b
    idxstream indexes                        all, by family
    idxstream indexes '*_BTC_*' --refresh    some, as the server has them now
    idxstream indexes -f csv > indexes.csv
    """
    # Here, because the help needs none of it.
    from coinapi_idx_cli.catalogue.server import RestServer
    from coinapi_idx_cli.cli.connecting import certificates, key_of, stdout_is_terminal
    from coinapi_idx_cli.cli.index_lines import rendered, shape_of, write
    from coinapi_idx_cli.cli.listed import listed_ids
    from coinapi_idx_cli.settings import resolve_rest_url

    reporter: Reporter = context.obj
    reporter.set_verbosity(verbose, quiet=quiet)
    shape = shape_of(output_format.value, is_terminal=stdout_is_terminal())
    address = resolve_rest_url(rest_url, os.environ, demo=False, allow_plaintext=allow_plaintext)
    key = key_of(api_key, api_key_file, reporter)
    server = RestServer(address, key, certificates(ca_file), connect_timeout)
    ids = listed_ids(globs or [], server, reporter, refresh=refresh)
    write(rendered(ids, shape), reporter)
