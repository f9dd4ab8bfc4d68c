"""What a settings file says with a profile chosen: the profile's values over those of the top level."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from coinapi_idx_cli.config.document import Document, of_profile
from coinapi_idx_cli.errors import UsageError

# Both in one place would be a contradiction. In two, the one that is nearer to the command line is meant.
CONTRADICTIONS = (("all", "ids-from"), ("demo", "url"), ("demo", "rest-url"), ("api-key", "api-key-file"))
RIVALS = (*CONTRADICTIONS, ("quiet", "verbose"))


class Setting(NamedTuple):
    """`origin`: the file, or the profile in the file, in words."""

    value: Any
    origin: str


def rivals_of(name: str) -> tuple[str, ...]:
    """The settings that overrule `name` when they come from nearer."""
    return tuple(other for pair in RIVALS if name in pair for other in pair if other != name)


def with_profile(document: Document, profile: str | None) -> dict[str, Setting]:
    """Raises UsageError for a profile that is not there, and for values of one section that contradict each other."""
    _check_contradictions(document.top, document.path)
    settings = {name: Setting(value, document.path) for name, value in document.top.items()}
    if profile is None:
        return settings
    section, origin = _section(document, profile), of_profile(profile, document.path)
    _check_contradictions(section, origin)
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


def _check_contradictions(section: Mapping[str, Any], where: str) -> None:
    for one, other in CONTRADICTIONS:
        if section.get(one) and section.get(other):
            raise UsageError(f"{one} and {other} in {where} contradict each other", "give one of them")
