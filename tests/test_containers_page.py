"""The page on containers: its command runs with its environment, its health check tells a live file from an old one."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from coinapi_idx_cli.simulator import Simulator
from tests.cli.watch.capture.captures import wait_until
from tests.documents import PAGES, ROOT, blocks
from tests.harness import Running, environment

(DOCKERFILE,) = blocks("dockerfile")
COMPOSE, KUBERNETES = (yaml.safe_load(block) for block in blocks("yaml"))
PAGE = PAGES["docs/containers.md"]


def instructions() -> dict[str, str]:
    lines = DOCKERFILE.replace("\\\n", " ").splitlines()
    return dict(line.split(maxsplit=1) for line in lines)


def health_checks() -> dict[str, list[str]]:
    (container,) = KUBERNETES["spec"]["template"]["spec"]["containers"]
    (with_python,) = re.findall(r"`(python -c .*?)`", PAGE)
    return {
        "docker": ["sh", "-c", instructions()["HEALTHCHECK"].partition("CMD ")[2]],
        "python": shlex.split(with_python),
        **{name: container[name]["exec"]["command"] for name in ("startupProbe", "livenessProbe")},
    }


@pytest.mark.parametrize("name", ["docker", "python", "startupProbe", "livenessProbe"])
def test_the_health_check_goes_by_the_age_of_the_file(name: str, tmp_path: Path) -> None:
    file = tmp_path / "idxstream.prom"
    command = [word.replace("/data/idxstream.prom", str(file)) for word in health_checks()[name]]
    # The image has a `python`, which Debian itself has not.
    with_python = environment({"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"})

    def code() -> int:
        return subprocess.run(command, env=with_python, stderr=subprocess.DEVNULL, check=False).returncode

    assert code() == 1  # before the first one
    file.write_text("")
    assert code() == 0
    old = time.time() - 130
    os.utime(file, (old, old))
    assert code() == 1


def test_the_command_runs_with_what_is_read_only(tmp_path: Path) -> None:
    """No home, no settings, a key in a file, everything in the working folder."""
    data = tmp_path / "data"
    data.mkdir()
    (tmp_path / "coinapi-key").write_text("a-key-for-tests\n")
    (tmp_path / "coinapi-key").chmod(0o400)
    words = json.loads(instructions()["CMD"])
    name, _, key = instructions()["ENV"].partition("=")
    env = {name: key.replace("/run/secrets", str(tmp_path)), "HOME": "/proc", "XDG_CACHE_HOME": "/proc"}
    absolute = [str(data / word) if re.search(r"\.(gz|ndjson|prom)$", word) else word for word in words]
    with (
        Simulator(rate=200, api_key="a-key-for-tests") as sim,
        Running(*absolute, "--url", sim.url, env=env) as running,
    ):
        wait_until(lambda: any(data.glob("ticks-*.csv.gz")))
        running.interrupt(signal.SIGTERM)
        assert running.wait() == 143
    assert running.err.text == ""
    assert {each.suffix for each in data.iterdir()} == {".gz", ".ndjson", ".prom"}


def test_all_speak_of_the_same_user_folder_and_secret() -> None:
    dockerfile = instructions()
    user, _, group = dockerfile["USER"].partition(":")
    pod: dict[str, Any] = KUBERNETES["spec"]["template"]["spec"]
    assert f"--uid {user} " in dockerfile["RUN"]
    assert pod["securityContext"]["runAsUser"] == int(user)
    assert pod["securityContext"]["fsGroup"] == int(group)
    (volume,) = COMPOSE["services"]["idxstream"]["volumes"]
    mounts = {each["mountPath"] for each in pod["containers"][0]["volumeMounts"]}
    assert dockerfile["VOLUME"] == volume.partition(":")[2] == (mounts - {"/run/secrets"}).pop() == "/data"
    assert pod["volumes"][0]["secret"]["secretName"] == COMPOSE["services"]["idxstream"]["secrets"][0] == "coinapi-key"
    assert set(COMPOSE["volumes"]) == {volume.partition(":")[0]}
    (claim,) = KUBERNETES["spec"]["volumeClaimTemplates"]
    assert claim["metadata"]["name"] in {each["name"] for each in pod["containers"][0]["volumeMounts"]}


def test_nothing_is_mounted_into_the_read_only_folder_of_the_key() -> None:
    """In the image /var/run is /run, and a pod with the token of its account there does not start."""
    pod: dict[str, Any] = KUBERNETES["spec"]["template"]["spec"]
    assert pod["automountServiceAccountToken"] is False


def test_the_key_beside_the_dockerfile_comes_neither_into_the_image_nor_into_a_commit() -> None:
    path = COMPOSE["secrets"]["coinapi-key"]["file"].removeprefix("./")
    for name in (".dockerignore", ".gitignore"):
        assert path in (ROOT / name).read_text().splitlines()
