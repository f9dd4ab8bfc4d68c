"""Where the settings file is."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from coinapi_idx_cli.paths import expanded, home, xdg_folder

VARIABLE = "IDXSTREAM_CONFIG"
FILE_NAME = "config.toml"


class ConfigPlace(NamedTuple):
    """`named_by`: the option or variable that names the file; None for the platform's place, which may be empty."""

    path: Path
    named_by: str | None


def config_place(flag: str | None, environment: Mapping[str, str], platform: str = sys.platform) -> ConfigPlace:
    """By flag, else by environment, else the platform's."""
    if flag is not None:
        return ConfigPlace(expanded(flag), "--config")
    if named := environment.get(VARIABLE):
        return ConfigPlace(expanded(named), VARIABLE)
    return ConfigPlace(config_folder(environment, platform) / FILE_NAME, None)


def config_folder(environment: Mapping[str, str], platform: str = sys.platform) -> Path:
    """The platform's folder for settings, and ours in it."""
    if platform == "darwin":
        return home(environment) / "Library" / "Application Support" / "idxstream"
    return xdg_folder(environment, "XDG_CONFIG_HOME", ".config") / "idxstream"
