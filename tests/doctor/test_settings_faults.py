"""What is wrong with settings and key, and where they come from."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from coinapi_idx_cli.simulator import Simulator
from tests.doctor.examined import KEY, NOBODY, Examined, command


@pytest.fixture
def file() -> Path:
    path = Path(os.environ["XDG_CONFIG_HOME"]) / "idxstream" / "config.toml"
    path.parent.mkdir(parents=True)
    return path


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("cuont = 3", "unknown setting 'cuont'"),
        ("count = ", "is not valid TOML"),
        ("[profile.toy]", "there is no profile 'paper'"),
    ],
)
def test_a_settings_file_with_a_mistake_is_the_first_step_that_fails(file: Path, text: str, words: str) -> None:
    file.write_text(text)
    done = Examined(command("--url", "ws://127.0.0.1:1", "--rest-url", NOBODY, "--profile", "paper"))
    assert (done.code, done.first_bad["step"]) == (2, "settings")
    assert words in done.first_bad["detail"]
    assert str(file) in done.first_bad["detail"]


def test_a_profile_gives_the_server_and_the_key(file: Path) -> None:
    with Simulator(rate=200, api_key=KEY) as sim:
        file.write_text(f'[profile.paper]\nurl = "{sim.url}"\napi-key = "{KEY}"\n')
        file.chmod(0o600)
        done = Examined(command("--profile", "paper"))
    assert done.code == 0
    assert f"(profile paper in {file})" in done["settings"]["detail"]
    assert f"(api-key in profile paper in {file})" in done["settings"]["detail"]
    assert "40 indexes" in done["list"]["detail"]
