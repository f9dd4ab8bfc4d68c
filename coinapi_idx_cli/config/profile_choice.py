"""What a settings file says with a profile chosen: the profile's values over those of the top level."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from coinapi_idx_cli.config.document import Document, of_profile
from coinapi_idx_cli.errors import UsageError

# Long name of an option -> those that may not be given in the same place, and those that overrule it from nearer.
Names = Callable[[str], Collection[str]]


class Setting(NamedTuple):
    """A value from the settings file, and where it comes from.

    `origin`: the file, or the profile in the file, in words.
    """

    value: Any
    origin: str


def with_profile(
    document: Document, profile: str | None, contradictions_of: Names, rivals_of: Names
) -> dict[str, Setting]:
    """Raises UsageError for a profile that is not there, and for values of one section that contradict each other."""
    _check_contradictions(document.top, document.path, contradictions_of)
    settings = {name: Setting(value, document.path) for name, value in document.top.items()}
    if profile is None:
        return settings
    section, origin = _section(document, profile), of_profile(profile, document.path)
    _check_contradictions(section, origin, contradictions_of)
    for name, value in section.items():
        if value:
            for rival in rivals_of(name):
                settings.pop(rival, None)
        settings[name] = Setting(value, origin)
    return settings


def _section(document: Document, profile: str) -> Mapping[str, Any]:
    if profile in document.profiles:
        return document.profiles[profile]
    from coinapi_idx_cli.catalogue.match import nearest  # here: only a mistake needs it

    hint = f"write [profile.{profile}] there"
    if document.profiles:
        hint = f"did you mean {nearest(profile, document.profiles, 1)[0]}?"
    raise UsageError(f"there is no profile {profile!r} in {document.path}", hint)


def _check_contradictions(section: Mapping[str, Any], where: str, contradictions_of: Names) -> None:
    for one, value in section.items():
        for other in filter(section.get, contradictions_of(one) if value else ()):
            raise UsageError(f"{one} and {other} in {where} contradict each other", "give one of them")
