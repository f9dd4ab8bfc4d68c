"""What contributors, their hosts and package indexes read: it names only what there is."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from trove_classifiers import classifiers

ROOT = Path(__file__).parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", MAKEFILE, re.MULTILINE))
PAGES = [ROOT / name for name in ("CONTRIBUTING.md", "RELEASING.md", "SECURITY.md", ".github/PULL_REQUEST_TEMPLATE.md")]
WORKFLOW = ROOT / ".github/workflows/ci.yml"
FORMS = [path for path in sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml")) if path.name != "config.yml"]
HOOKS = ROOT / ".pre-commit-config.yaml"
FIELDS = {"markdown", "textarea", "input", "dropdown", "checkboxes"}  # of an issue form


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


@pytest.mark.parametrize("path", [*PAGES, WORKFLOW, ROOT / ".ci/run", HOOKS], ids=lambda path: path.name)
def test_every_make_target_that_is_named_exists(path: Path) -> None:
    assert set(re.findall(r"(?:^\s*|`|run: )make ([a-z][a-z-]*)", path.read_text(), re.MULTILINE)) <= TARGETS


def test_every_target_is_phony_and_is_explained() -> None:
    (phony,) = re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert set(phony.split()) == TARGETS
    contributing = (ROOT / "CONTRIBUTING.md").read_text()
    assert {target for target in TARGETS if f"make {target}" not in contributing} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_file_that_is_named_exists(page: Path) -> None:
    text = page.read_text()
    linked = set(re.findall(r"\]\((?!https?:|#)([^)#]+)", text))
    named = set(re.findall(r"`([\w.]+/[\w./-]*|[A-Z]+\.md|[\w-]+\.toml)`", text))
    assert {name for name in linked | named if not (ROOT / name).exists()} == set()


def test_shell_commands_of_the_pages_are_whole() -> None:
    for page in PAGES:
        for block in re.findall(r"```sh\n(.*?)```", page.read_text(), re.DOTALL):
            shlex.split(block, comments=True)  # raises ValueError at a quote that never ends


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_an_issue_form_is_one_that_hosts_accept(path: Path) -> None:
    form = load(path)
    assert {"name", "description", "body"} <= form.keys() <= {"name", "description", "labels", "title", "body"}
    ids = [field["id"] for field in form["body"] if field["type"] != "markdown"]
    assert len(ids) == len(set(ids)) > 0
    for field in form["body"]:
        assert field.keys() <= {"type", "id", "attributes", "validations"}
        assert field["type"] in FIELDS
        assert ("value" if field["type"] == "markdown" else "label") in field["attributes"]
        assert field.get("validations", {}).keys() <= {"required"}


def test_the_workflow_runs_every_python_that_is_claimed() -> None:
    jobs = load(WORKFLOW)["jobs"]
    run = jobs["linux"]["strategy"]["matrix"]["python"]
    claimed = [name.rpartition(" ")[2] for name in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", name)]
    assert set(claimed) <= set(run)
    assert f">={run[0]}" == PROJECT["requires-python"]


def test_actions_of_others_are_pinned_to_a_commit() -> None:
    used = [step["uses"] for job in load(WORKFLOW)["jobs"].values() for step in job["steps"] if "uses" in step]
    assert used
    assert [name for name in used if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", name)] == []


def test_hooks_run_the_tools_of_make_lint() -> None:
    (repo,) = load(HOOKS)["repos"]
    assert repo["repo"] == "local"
    for hook in repo["hooks"]:
        venv, tool = hook["entry"].split()[0].rsplit("/bin/")
        assert (venv, hook["language"]) == (".venv", "system")
        assert f"$(BIN)/{tool}" in MAKEFILE


def test_classifiers_are_those_that_package_indexes_know() -> None:
    assert set(PROJECT["classifiers"]) <= classifiers
    assert len(PROJECT["classifiers"]) == len(set(PROJECT["classifiers"]))
