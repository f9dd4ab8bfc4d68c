"""What is said about a command line that cannot be understood: what is wrong, and what comes nearest to it.

Nothing is repeated that may be a key: no arguments, no word that is not a choice, and of an unknown option only what
looks like a name.
"""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from coinapi_idx_cli.cli.help.page import below
from coinapi_idx_cli.cli.options.defaults_from_file import called, is_given_otherwise

_NAME = re.compile(r"--?[a-z-]*")
_TYPO_AT_MOST = 3  # letters that a misspelt name has too many
_IN_PLAIN_WORDS = {
    r"\ba valid int( range)?$": "a whole number",
    r"\ba valid float( range)?$": "a number",
    r"\bin the range (\S+)<=x<=(\S+)$": r"from \1 to \2",
}


def explained(error: Any, context: Any, arguments: list[str]) -> str:
    """For an error of the parser; `arguments` are those of the command of `context`."""
    if hasattr(error, "possibilities"):  # of the class for unknown options, which has no public name
        return _unknown_option(error.option_name, context, arguments)
    parameter = getattr(error, "param", None)
    if parameter is not None and parameter.param_type_name == "option" and is_given_otherwise(context, parameter):
        error.param_hint = called(context, parameter)
    choices = getattr(getattr(parameter, "type", None), "choices", None)
    if parameter is not None and choices and not hasattr(error, "param_type"):  # which a missing one has
        what = error.param_hint or parameter.get_error_hint(context)
        return f"invalid value for {what}: give one of {', '.join(map(str, choices))}"
    message = str(error.format_message()).rstrip(".")
    for jargon, plain in _IN_PLAIN_WORDS.items():
        message = re.sub(jargon, plain, message)
    return message[:1].lower() + message[1:]


def unknown_command(name: str, commands: Iterable[str]) -> str:
    known = list(commands)
    near = get_close_matches(name, known, n=1)
    return f"no such command: {name} ({_question(near[0]) if near else there_are(known)})"


def there_are(commands: Iterable[str]) -> str:
    return f"there are {', '.join(commands)}"


def too_many_arguments(context: Any, surplus: int) -> str:
    taken = sum(each.param_type_name == "argument" for each in context.command.params)
    return f"too many arguments: {context.command_path} takes {taken or 'none'}, not {taken + surplus}"


def _unknown_option(name: str, context: Any, arguments: list[str]) -> str:
    known = _options(context.command, context)
    near = _nearest(_with_two_dashes(name, known, arguments), known)
    hint = _owner(name, context) or (_question(near) if near else None)
    return f"no such option: {_shown(name, known, near)}" + (f" ({hint})" if hint else "")


def _question(near: str) -> str:
    return f"did you mean {near}?"


def _options(command: Any, context: Any) -> list[str]:
    shown = [each for each in command.get_params(context) if not getattr(each, "hidden", False)]
    return [name for each in shown for name in (*each.opts, *each.secondary_opts) if name.startswith("-")]


def _with_two_dashes(name: str, known: list[str], arguments: list[str]) -> str:
    """`-count 3` is an unknown `-c` to the parser."""
    meant = (f"-{each.partition('=')[0]}" for each in arguments if each.startswith(name) and not each.startswith("--"))
    return next((each for each in meant if each in known), name)


def _nearest(name: str, known: list[str]) -> str | None:
    if not name.startswith("--"):
        return None
    if name in known:
        return name
    if len(name) == 3 and name[1:] in known:  # --n for -n
        return name[1:]
    begun = sorted((each for each in known if len(name) > 3 and each.startswith(name)), key=len)
    begins = sorted((each for each in known if len(each) > 3 and name.startswith(each)), key=len, reverse=True)
    near = get_close_matches(name, [each for each in known if each.startswith("--")], n=1)
    return next(iter((*begun[:1], *near, *begins)), None)


def _owner(name: str, context: Any) -> str | None:
    """The other command that has it: one below this one, or beside it."""
    group = context if hasattr(context.command, "commands") else context.parent
    for command in below(group.command) if group else ():
        if name in _options(command, context):
            return f"{group.command_path} {command.name} has it"
    return None


def _shown(name: str, known: list[str], near: str | None) -> str:
    """No key that directly follows an option, `--api-keyKEY`."""
    begins = [each for each in known if each.startswith("--") and name.startswith(each)]
    if begins and (near is None or len(name) > len(near) + _TYPO_AT_MOST):
        return f"{max(begins, key=len)}…"
    match = _NAME.match(name)
    visible = (match[0] if match else "")[: max(map(len, known)) + _TYPO_AT_MOST]
    return name if visible == name or len(name) == 2 else f"{visible}…"
