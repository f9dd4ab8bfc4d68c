"""What an option is beyond its declaration: which others contradict it, what it needs, what a shell completes for it.

One record an option, by the long name without dashes, or by the parameter's name for an argument. An option that is not
here is on its own, may be in the settings file, and is completed by what its type says.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

INCLUDABLE = ("gap", "heartbeat", "reconnect")
WATCH_LIST = "ids"  # a setting that is not an option: the command line has the ids themselves


class Completes(StrEnum):
    """What a shell offers behind an option."""

    NOTHING = "plain"
    WORDS = "choice"
    LIST_OF_WORDS = "list"
    FILES = "file"
    INDEX_IDS = "index_id"


class OptionRecord(NamedTuple):
    """What an option is beyond its declaration.

    `contradicts`: in one place both are an error; of two places the one nearer to the command line counts.

    `gives_way_to`: the same without the error. `gives_way_to_ids`: ids on the command line are all that is asked for,
    whatever the settings add. `needs_output`: as a flag without a file of -o it is an error, from the settings it is
    unused then. `setting_of`: the one command that a setting of that name is for, where others have that option, too.

    `decides_where_the_key_goes`: others must not be able to change it. `words`: what is completed.
    """

    contradicts: tuple[str, ...] = ()
    gives_way_to: tuple[str, ...] = ()
    gives_way_to_ids: bool = False
    needs_output: bool = False
    decides_where_the_key_goes: bool = False
    is_setting: bool = True
    setting_of: str | None = None
    is_list: bool = False
    completes: Completes = Completes.NOTHING
    words: Callable[[], tuple[str, ...]] = tuple


def _formats() -> tuple[str, ...]:
    from coinapi_idx_cli.formats.registry import AUTO, FORMATS, TABLE  # here and below: only completions ask

    return (AUTO, TABLE, *FORMATS.built_in())


def _findings() -> tuple[str, ...]:
    from coinapi_idx_cli.audit.findings import FindingKind

    return tuple(FindingKind)


def _fields() -> tuple[str, ...]:
    from coinapi_idx_cli.formats.fields import KNOWN_FIELDS

    return KNOWN_FIELDS


RECORDS = {
    "index_id": OptionRecord(completes=Completes.INDEX_IDS),
    "index_ids": OptionRecord(completes=Completes.INDEX_IDS),
    "words": OptionRecord(completes=Completes.INDEX_IDS),
    WATCH_LIST: OptionRecord(contradicts=("all", "ids-from")),
    "all": OptionRecord(contradicts=("ids-from", WATCH_LIST), gives_way_to_ids=True),
    "ids-from": OptionRecord(contradicts=("all", WATCH_LIST), gives_way_to_ids=True, completes=Completes.FILES),
    "demo": OptionRecord(contradicts=("url", "rest-url")),
    "url": OptionRecord(contradicts=("demo",), decides_where_the_key_goes=True),
    "rest-url": OptionRecord(contradicts=("demo",), decides_where_the_key_goes=True),
    "ca-file": OptionRecord(decides_where_the_key_goes=True),
    "allow-plaintext": OptionRecord(decides_where_the_key_goes=True),
    "api-key": OptionRecord(contradicts=("api-key-file",)),
    "api-key-file": OptionRecord(contradicts=("api-key",)),
    "spool": OptionRecord(completes=Completes.FILES),
    "engine-user-file": OptionRecord(contradicts=("engine-creds",)),
    "engine-creds": OptionRecord(contradicts=("engine-user-file",)),
    "quiet": OptionRecord(gives_way_to=("verbose",)),
    "verbose": OptionRecord(gives_way_to=("quiet",)),
    "captures": OptionRecord(completes=Completes.FILES),
    "files": OptionRecord(completes=Completes.FILES),
    "allow": OptionRecord(is_list=True, completes=Completes.LIST_OF_WORDS, words=_findings),
    "format": OptionRecord(completes=Completes.WORDS, words=_formats),
    "bars": OptionRecord(contradicts=("fields", "include", "wait-lock")),
    "exec": OptionRecord(decides_where_the_key_goes=True),  # what it runs may read the key's file
    "fields": OptionRecord(contradicts=("bars",), is_list=True, completes=Completes.LIST_OF_WORDS, words=_fields),
    "include": OptionRecord(
        contradicts=("bars",), is_list=True, completes=Completes.LIST_OF_WORDS, words=lambda: INCLUDABLE
    ),
    "since": OptionRecord(contradicts=("gaps",), setting_of="watch"),
    "until": OptionRecord(contradicts=("gaps",)),
    "gaps": OptionRecord(contradicts=("since", "until"), is_setting=False, completes=Completes.FILES),
    "output": OptionRecord(setting_of="watch", completes=Completes.FILES),
    "fsync": OptionRecord(needs_output=True),
    "wait-lock": OptionRecord(contradicts=("bars",), needs_output=True),
    "changed": OptionRecord(is_setting=False),
    "config": OptionRecord(is_setting=False, completes=Completes.FILES),
    "profile": OptionRecord(is_setting=False),
    "version": OptionRecord(is_setting=False),
    "help": OptionRecord(is_setting=False),
}
_PLAIN = OptionRecord()


def record_of(name: str) -> OptionRecord:
    """Of an option by its long name, or of an argument by its parameter's."""
    return RECORDS.get(name, _PLAIN)
