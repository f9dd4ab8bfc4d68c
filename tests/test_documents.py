"""README.md and docs/: their links lead somewhere, their commands are ones that the program accepts."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import typer.main

from coinapi_idx_cli import __version__
from coinapi_idx_cli.cli.app import app
from coinapi_idx_cli.errors import WHEN
from coinapi_idx_cli.protocol.gap import Gap
from coinapi_idx_cli.protocol.messages import decode
from coinapi_idx_cli.protocol.times import NS
from completions.model import context_of
from tests.documents import ALL_PAGES, PAGES, README, ROOT, blocks

PROGRAM: Any = typer.main.get_command(app)
MARKDOWN = {**PAGES, **{str(path.relative_to(ROOT)): path.read_text() for path in ROOT.glob("*.md")}}
LINK = re.compile(r'\]\(([^)\s]+)\)|<img src="([^"]+)"')
LANGUAGES = {"conf", "sh", "console", "toml", "python", "crontab", "ini", "logrotate", "dockerfile", "yaml", ""}
SHELL_LIKE = ("sh", "console", "crontab", "ini")
MOST_LINES_OF_THE_README = 130


def anchors(text: str) -> set[str]:
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", MARKDOWN)
def test_links_lead_somewhere(page: str) -> None:
    for link in (
        one or other for one, other in LINK.findall(re.sub(r"```.*?```", "", MARKDOWN[page], flags=re.DOTALL))
    ):
        if link.startswith(("https://", "http://", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target.read_text()), link


def test_every_page_is_linked_from_the_readme() -> None:
    assert set(PAGES) - {"README.md"} == {
        link for link, _ in LINK.findall(README) if link.startswith("docs/") and link.endswith(".md")
    }


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= MOST_LINES_OF_THE_README


def test_the_pictures_are_all_shown_and_not_empty() -> None:
    shown = {Path(one or other).name for one, other in LINK.findall(ALL_PAGES) if (one or other).endswith(".svg")}
    pictures = set((ROOT / "docs").glob("*.svg"))
    assert shown == {path.name for path in pictures}
    assert all(path.stat().st_size > 1000 for path in pictures)


def test_no_figure_is_left_to_be_filled_in() -> None:
    assert re.findall(r"BENCH_\w+|\bTBD\b|\?\?\?", ALL_PAGES) == []


def test_code_is_in_a_language_that_a_test_knows() -> None:
    assert {
        language for language, _ in re.findall(r"^```(\w*)\n(.*?)^```$", ALL_PAGES, re.DOTALL | re.MULTILINE)
    } <= LANGUAGES


def commands() -> Iterator[list[str]]:
    """The arguments of each idxstream that is written down."""
    for language in SHELL_LIKE:
        for block in blocks(language):
            text = re.sub(r"\\\n|(?<=\|)\n", " ", block.replace(r"\%", "%").replace("%%", "%"))
            for line in text.splitlines():
                if (match := re.search(r"(?:^|[\s=/])idxstream ([a-z].*)", line)) and "#" not in line.partition(
                    "idxstream"
                )[0]:
                    yield list(until_the_shell_ends_it(match[1]))


def until_the_shell_ends_it(text: str) -> Iterator[str]:
    words = shlex.shlex(text, posix=True, punctuation_chars=True)
    words.whitespace_split = True
    for word in words:
        if word in ("|", ">", "&&", ";", "&"):
            return
        yield word


@pytest.mark.parametrize("arguments", [*{" ".join(each): each for each in commands()}.values()], ids=" ".join)
def test_the_program_accepts_the_commands(arguments: list[str]) -> None:
    command, context, rest = PROGRAM, context_of(PROGRAM, None), list(arguments)
    while getattr(command, "commands", None):
        command = command.commands[rest.pop(0)]
        context = context_of(command, context)
    options, words, _ = command.make_parser(context).parse_args(args=rest)  # raises for an option that there is not
    for parameter in command.params:
        if (value := options.get(parameter.name)) is not None and not parameter.is_eager:
            parameter.type_cast_value(context, value)
    assert not words or any(each.param_type_name == "argument" for each in command.params)


def test_there_are_commands() -> None:
    assert len(list(commands())) >= 15


def test_every_option_and_exit_code_is_documented() -> None:
    ended = subprocess.run(
        [sys.executable, ROOT / "manual/generate.py", "--check"], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    rows = re.findall(r"^\| (\d+) \| (.*) \|$", PAGES["docs/options.md"], re.MULTILINE)
    assert {int(code): when.replace("\\|", "|") for code, when in rows} == WHEN


def test_every_option_that_is_written_exists() -> None:
    everything = [PROGRAM, *PROGRAM.commands.values()]
    everything += [each for command in everything for each in getattr(command, "commands", {}).values()]
    options = {
        name for command in everything for param in command.params for name in (*param.opts, *param.secondary_opts)
    }
    text = re.sub(
        r"```console.*?```", "", "\n".join(PAGES[page] for page in PAGES if "comparison" not in page), flags=re.DOTALL
    )
    written = set(re.findall(r"(?<=[`\s])--[a-z][\w-]*", re.sub(r"make \w+ ARGS=\"[^\"]*\"", "", text)))
    of_others = {"--user", "--value", "--unbuffered", "--data-urlencode", "--collector"}
    of_others |= {"--uid", "--user-group", "--home-dir", "--create-home", "--no-cache-dir", "--init", "--from-file"}
    of_others |= {"--start-period", "--interval", "--retries", "--now"}
    assert written - options <= {"--help", "--version"} | of_others


def test_the_example_values_are_messages_of_the_feed() -> None:
    lines = [line.encode() for block in blocks("") for line in block.splitlines() if line.startswith('{"type":"index"')]
    decoded = decode(lines, 0)
    assert (len(lines), len(decoded.batch.values), decoded.events) == (1, 1, [])
    (header, row) = next(block for block in blocks("") if block.startswith("time_coinapi")).splitlines()
    cells = dict(zip(header.split(","), row.split(","), strict=True))
    assert {name: str(json.loads(lines[0])[name]) for name in ("time_coinapi", "index_id")} == {
        name: cells[name] for name in ("time_coinapi", "index_id")
    }
    assert b'"value":' + cells["value"].encode() in lines[0]


def test_the_example_of_a_gap_is_one() -> None:
    lines = [line for block in blocks("") for line in block.splitlines() if line.startswith('{"type":"gap"')]
    shown, beside = map(json.loads, lines)
    assert set(beside) == {*shown, "kind", "output", "time_coinapi_from", "time_coinapi_to", "reason"}
    assert {name: beside[name] for name in shown} == shown
    begin_ns = 1_795_685_400 * NS + 123_456_789
    gap = Gap(begin_ns, begin_ns + round(shown["seconds"] * NS))
    assert orjson.loads(gap.note().text) == shown


def test_the_changelog_names_the_version() -> None:
    assert f"## {__version__}" in MARKDOWN["CHANGELOG.md"]


def test_the_description_for_a_package_index_has_no_links_that_lead_nowhere() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "metadata"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    text = json.loads(done.stdout)["readme"]["text"]
    assert all(link.startswith("https://") for link, _ in LINK.findall(text))
    assert ".svg" not in text
    assert "docs/" not in text.partition("```sh")[0]
    assert "pipx install idxstream" in text
    assert "make demo" not in text
    assert text.startswith("# idxstream\n")
