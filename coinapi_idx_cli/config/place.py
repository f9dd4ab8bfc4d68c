"""Where the settings file is."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from coinapi_idx_cli.paths import FolderKind, expanded, platform_folder

VARIABLE = "IDXSTREAM_CONFIG"
FILE_NAME = "config.toml"


class ConfigPlace(NamedTuple):
    """Where the settings file is.

    `named_by`: the option or variable that names the file; None for the platform's place, which may be empty.
    """

    path: Path
    named_by: str | None


def config_place(flag: str | None, environment: Mapping[str, str], platform: str = sys.platform) -> ConfigPlace:
    """By flag, else by environment, else the platform's."""
    if flag is not None:
        return ConfigPlace(expanded(flag), "--config")
    if named := environment.get(VARIABLE):
        return ConfigPlace(expanded(named), VARIABLE)
    return ConfigPlace(platform_folder(FolderKind.CONFIG, environment, platform) / FILE_NAME, None)
