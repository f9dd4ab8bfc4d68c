"""What the settings file gives a command: defaults of its options, by the way that the options' own library has.

Flag beats environment beats file beats default, because that is the order in which the library looks. The API key goes
another way: what a default is, the help would show.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import typer

from coinapi_idx_cli.cli.options.introspect import (
    is_for_other_commands,
    long_name,
    names_of_program,
    options_of,
    setting_options_of,
)
from coinapi_idx_cli.cli.options.records import record_of
from coinapi_idx_cli.cli.reporter import Reporter
from coinapi_idx_cli.config.document import KEY, Document, read_document
from coinapi_idx_cli.config.names import as_text
from coinapi_idx_cli.config.place import ConfigPlace, config_place
from coinapi_idx_cli.config.profile_choice import Setting, with_profile
from coinapi_idx_cli.credentials.api_key import KeySettings
from coinapi_idx_cli.errors import UsageError

TELL_PROBLEMS = ("doctor",)
META = "coinapi_idx_cli.in_force"
KEY_FILE = "api-key-file"


def in_force(context: typer.Context) -> InForce:
    """The one of this run, for all its contexts."""
    run: InForce = context.meta.setdefault(META, InForce())
    return run


def _overruled_by(name: str) -> tuple[str, ...]:
    """Those that count instead of this one when they come from nearer to the command line."""
    record = record_of(name)
    return record.contradicts + record.gives_way_to


class InForce:
    """The settings in force for a run.

    `asked`: what --config and --profile said, by parameter name. `settings`: by long option name.

    `problem`: what is wrong with the file, for a command that tells it among other things.
    """

    def __init__(self) -> None:
        self.asked: dict[str, str] = {}
        self.settings: Mapping[str, Setting] = {}
        self.document: Document | None = None
        self.problem: UsageError | None = None
        self._place: ConfigPlace | None = None

    @property
    def place(self) -> ConfigPlace:
        if self._place is None:
            self._place = config_place(self.asked.get("_config"), os.environ)
        return self._place

    @property
    def profile(self) -> str | None:
        return self.asked.get("_profile")

    @property
    def plugin_settings(self) -> Mapping[str, Mapping[str, Any]]:
        """`[plugin.NAME]` of the file, by NAME."""
        return {} if self.document is None else self.document.plugins

    @property
    def key_settings(self) -> KeySettings:
        nothing = Setting(None, "")
        text, file = self.settings.get(KEY, nothing), self.settings.get(KEY_FILE, nothing)
        return KeySettings(text.value, file.value, text.origin or file.origin, str(self.place.path))

    def apply(self, context: typer.Context) -> None:
        """Bring the settings into a command whose other options are not looked at yet. Raises UsageError."""
        if context.resilient_parsing:
            return
        try:
            self._read(context)
        except UsageError as error:
            if context.command.name not in TELL_PROBLEMS:
                raise
            self.problem = error
        values = {name: setting.value for name, setting in self.settings.items() if name not in (KEY, KEY_FILE)}
        defaults: Any = Defaults(context, values)
        context.default_map = defaults
        reporter: Reporter = context.obj
        reporter.wording = lambda text: with_origins(context, text)

    def _read(self, context: typer.Context) -> None:
        """Once in a run: the file may be a pipe."""
        if self.document is None:
            self.document = read_document(self.place)
        if self.document is None:
            if self.profile is not None:
                what = f"--profile {self.profile} needs a settings file, and there is no {self.place.path}"
                raise UsageError(what, "write it, or name another one with --config")
            return
        for key in self.document.keys():  # noqa: SIM118 - API keys
            context.obj.hide(key)
        names = names_of_program(context)
        for where, section in self.document.sections():
            names.check(section, where)
        self.settings = with_profile(
            self.document, self.profile, lambda name: record_of(name).contradicts, _overruled_by
        )


class Defaults(Mapping[str, Any]):
    """Parameter name -> text of the file, for one command; without what the command line or environment overrules."""

    def __init__(self, context: typer.Context, values: Mapping[str, Any]) -> None:
        self._context = context
        self._options = {option.name: option for option in setting_options_of(context.command)}
        by_name = {str(option.name): values.get(long_name(option)) for option in self._options.values()}
        self._values = {name: value for name, value in by_name.items() if value is not None}

    def __getitem__(self, parameter: str) -> Any:
        value, option = self._values[parameter], self._options[parameter]
        name = long_name(option)
        if self._is_overruled(name) or (record_of(name).needs_output and not self._has_output()):
            raise KeyError(parameter)
        if isinstance(value, bool):
            return value
        if option.multiple:
            return value if isinstance(value, list) else [as_text(value)]
        if is_for_other_commands(as_text(value), option, self._context.find_root().command):
            raise KeyError(parameter)  # such as a plug-in's format
        return as_text(value)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def _is_overruled(self, name: str) -> bool:
        if record_of(name).gives_way_to_ids and self._context.params.get("index_ids"):
            return True
        rivals = {*_overruled_by(name), name}
        context: Any = self._context
        while context is not None:
            if any(_is_given(context, option) for option in options_of(context.command) if long_name(option) in rivals):
                return True
            context = context.parent
        return False

    def _has_output(self) -> bool:
        return any(target != "-" for target in self._context.params.get("output") or ())


def _is_given(context: typer.Context, option: Any) -> bool:
    """By a flag, which is looked at before what is not given; or by the environment."""
    is_flag = _source(context, option.name) == "COMMANDLINE" and bool(context.params.get(option.name))
    return is_flag or option.resolve_envvar_value(context) is not None


def _source(context: typer.Context, parameter: str) -> str:
    source = context.get_parameter_source(parameter)
    return source.name if source is not None else "DEFAULT"


def origin_of(context: typer.Context, option: Any) -> str | None:
    """Where the option's value comes from, in words; None for its default."""
    source, name = _source(context, option.name), long_name(option)
    if source == "DEFAULT_MAP":
        return in_force(context).settings[name].origin
    return {"ENVIRONMENT": option.envvar, "COMMANDLINE": f"--{name}"}.get(source)


def is_flag(context: typer.Context, parameter: str) -> bool:
    """Whether the command line says what it is."""
    return _source(context, parameter) == "COMMANDLINE"


def is_given_otherwise(context: typer.Context, option: Any) -> bool:
    """Than by a flag."""
    return _source(context, option.name) in ("DEFAULT_MAP", "ENVIRONMENT")


def is_from_file(context: typer.Context, option: Any) -> bool:
    """The settings file gave it its value."""
    return _source(context, option.name) == "DEFAULT_MAP"


def called(context: typer.Context, option: Any) -> str:
    """What to call the option in a message: `--url`, `IDXSTREAM_URL`, `url in /home/me/.config/…`."""
    name = long_name(option)
    if is_from_file(context, option):
        return f"{name} in {origin_of(context, option)}"
    return origin_of(context, option) or f"--{name}"


def with_origins(context: typer.Context, text: str) -> str:
    """`text` with what gave it its value for each option that no flag gave."""
    asides = []
    for option in filter(partial(is_given_otherwise, context), options_of(context.command)):
        long, *short = sorted(option.opts, key=len, reverse=True)
        words = called(context, option)
        text, count = re.subn(_whole(long), words.replace("\\", "\\\\"), text)
        if not count and any(re.search(_whole(name), text) for name in short):
            asides.append(f"{short[0]} is {words}")
    return f"{text} ({', '.join(asides)})" if asides else text


def _whole(name: str) -> str:
    return rf"(?<![\w-]){name}(?![\w-])"
