"""The settings file: what may stand in it, what overrules it, and what is said about it."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest

from coinapi_idx_cli.simulator import Simulator
from tests.harness import Running, run

UNREACHABLE = "ws://127.0.0.1:1"
DEMO = ("watch", "--demo", "-n", "1")


@pytest.fixture
def file() -> Path:
    """The platform's settings file, not there yet."""
    path = Path(os.environ["XDG_CONFIG_HOME"]) / "idxstream" / "config.toml"
    path.parent.mkdir(parents=True)
    return path


def shown(*arguments: str, env: dict[str, str] | None = None) -> dict[str, str]:
    """Name -> the line of `config show`, blanks made one; unset ones are named with a #."""
    done = run(*arguments, "config", "show", env=env)
    assert done.process.returncode == 0, done.err.text
    lines = [" ".join(line.split()) for line in done.out.lines if " = " in line]
    return {line.partition(" = ")[0]: line for line in lines}


def refused(*arguments: str, env: dict[str, str] | None = None) -> str:
    done = run(*arguments, env=env)
    (line,) = done.err.lines
    assert (done.process.returncode, done.out.lines) == (2, [])
    return line.removeprefix("idxstream: ")


def test_values_of_the_file_are_defaults(file: Path) -> None:
    file.write_text('format = "csv"\nfields = ["value", "index_id"]\nheader = false\ncount = 2\nconnect-timeout = 5\n')
    done = run("watch", "--demo")
    assert [line.count(",") for line in done.out.lines] == [1, 1]
    assert not done.out.lines[0].startswith("value,")


def test_a_flag_beats_the_file(file: Path) -> None:
    file.write_text('format = "csv"\ncount = 2\nall = false\nheartbeat = false\n')
    done = run(*DEMO, "-f", "ndjson", "--heartbeat", "--all")
    assert len(done.out.lines) == 1
    assert done.out.lines[0].startswith("{")


def test_flag_environment_file_default_of_the_url(file: Path) -> None:
    file.write_text('url = "wss://file.example"\nrest-url = "https://file.example"\n')
    env = {"IDXSTREAM_URL": "wss://environment.example"}
    assert shown(env=env)["url"] == 'url = "wss://environment.example" # IDXSTREAM_URL'
    assert shown(env={"IDXSTREAM_URL": ""})["url"] == f'url = "wss://file.example" # {file}'
    with Running("watch", "--all", "--url", UNREACHABLE, "--reconnect", "never", env=env) as running:
        assert running.wait() == 5
        assert "127.0.0.1:1" in running.err.text


def test_a_profile_goes_before_the_rest_of_the_file(file: Path) -> None:
    file.write_text('auth = "query"\nsort = "id"\n[profile.paper]\nauth = "hello"\n[profile.other]\nauth = "header"\n')
    lines = shown("--profile", "paper")
    assert lines["auth"] == f'auth = "hello" # profile paper in {file}'
    assert lines["sort"] == f'sort = "id" # {file}'
    assert shown()["auth"] == f'auth = "query" # {file}'


def test_the_file_is_named_by_flag_or_environment(tmp_path: Path) -> None:
    one, other = tmp_path / "one.toml", tmp_path / "other.toml"
    one.write_text("count = 1\n")
    other.write_text("count = 2\n")
    env = {"IDXSTREAM_CONFIG": str(other)}
    assert shown(env=env)["count"] == f"count = 2 # {other}"
    assert shown("--config", str(one), env=env)["count"] == f"count = 1 # {one}"
    assert len(run("--config", str(other), "watch", "--demo", "--config", str(one)).out.lines) == 1
    assert len(run("watch", "--demo", "-n", "3", env=env).out.lines) == 3


def test_without_a_file_all_is_default(file: Path) -> None:
    done = run("config", "show")
    assert done.out.lines[0] == f"# no settings file: there is no {file}"
    settings = tomllib.loads(done.out.text)
    assert settings["url"] == "wss://ws-api.indexes.coinapi.io"
    assert settings["give-up-after"] == "5m"
    assert settings["port"] == 8765
    assert "api-key" not in settings
    assert {" ".join(line.split()) for line in done.out.lines} >= {
        "# count = N # not set",
        '# stale-after = "10s" # default',
        "# api-key: none",
    }


def test_what_is_shown_is_a_settings_file_that_says_the_same(file: Path, tmp_path: Path) -> None:
    text = 'stats = 3\nfields = ["value"]\nconnect-timeout = 2.5\ndemo = true\nrate = 5\n'
    text += 'event-log = "a \\"b\\" \\\\ \\u0001 \u20ac"\n'
    file.write_text(text)
    again = tmp_path / "again.toml"
    again.write_text("\n".join(run("config", "show").out.lines))
    settings = tomllib.loads(again.read_text())
    assert tomllib.loads(text).items() <= settings.items()
    assert tomllib.loads("\n".join(run("--config", str(again), "config", "show").out.lines)) == settings


def test_what_is_shown_can_begin_a_file(file: Path) -> None:
    file.write_text("\n".join(run("config", "show").out.lines))
    file.write_text(file.read_text().replace("heartbeat = true", "heartbeat = false"))
    with Simulator(rate=0) as sim:
        lines = {" ".join(line.split()) for line in run("config", "show", env={"IDXSTREAM_URL": sim.url}).out.lines}
        assert f'# rest-url = "{sim.rest_url}" # default' in lines
        assert '# stale-after = "90s" # default' in lines


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("counts = 1", "unknown setting 'counts' in {file}; did you mean count?"),
        ("[profile.paper]\ncounts = 1", "unknown setting 'counts' in profile paper in {file}; did you mean count?"),
        ("update_limit_ms = 1", "did you mean update-limit-ms?"),
        ("no-heartbeat = true", "write heartbeat = false"),
        ("n = 5", "write count = …"),
        ("version = true", "version cannot be set in {file}; give --version on the command line"),
        ('config = "x"', "config cannot be set in {file}"),
        ('profile = "paper"', "profile in {file} is not a table; write [profile.NAME]"),
        ("[profile]\nurl = 'x'", "profile.url in {file} is not a table"),
        ("count = 2026-01-01", "count in {file} is a date or a time; it takes text or a number"),
        ("[count]", "count in {file} is a table"),
        ("count = true", "count in {file} is a boolean"),
        ("count = ['1']", "count in {file} is a list"),
        ("fields = [1]", "fields in {file} is a list of something else; it takes text, or a list of texts"),
        ("all = 'yes'", "all in {file} is text; it takes true or false"),
        ("api-key = 12345678", "api-key in {file} is a number; it takes text"),
        ("all = true\nids-from = 'x'", "all and ids-from in {file} contradict each other"),
        ("demo = true\nurl = 'x'", "demo and url in {file} contradict each other"),
        ("count = 'many'", "invalid value for count in {file}: 'many' is not a whole number"),
        ("auth = 'x'", "invalid value for auth in {file}: give one of"),
        ("stale-after = 0", "invalid value for stale-after in {file}: '0' is too short"),
        ("url = 'a.example'", "url in {file} 'a.example' is not a valid URL"),
        ("include = 'x'", "unknown kind 'x' in include in {file}"),
        ("output = '/tmp/'", "output in {file} '/tmp/' does not name a file"),
        ("format = 'table'", "needs a terminal, and stdout is not one (-f is format in {file})"),
        ("ca-file = '/nowhere.pem'", "cannot use ca-file in {file} /nowhere.pem"),
        ("count = 1\ncount = = 2", "{file} is not valid TOML: Invalid value (at line 2, column 9)"),
        ("count = 1\ncount = 2", "{file} is not valid TOML: Cannot overwrite a value (at "),
        ("a = " + "[" * 9999, "{file} is not valid TOML: it is nested too deep"),
    ],
)
def test_a_mistake_in_the_file_is_named_with_it(file: Path, text: str, words: str) -> None:
    file.write_text(text)
    demo = [] if "url" in text else ["--demo"]
    assert words.format(file=file) in refused("watch", *demo)


def test_files_and_profiles_that_are_not_there(file: Path, tmp_path: Path) -> None:
    missing = tmp_path / "none.toml"
    assert f"cannot read --config {missing}: No such file" in refused(*DEMO, "--config", str(missing))
    named = {"IDXSTREAM_CONFIG": str(missing)}
    assert f"cannot read IDXSTREAM_CONFIG {missing}: No such file" in refused(*DEMO, env=named)
    assert f"--profile x needs a settings file, and there is no {file}" in refused(*DEMO, "--profile", "x")
    file.write_text("[profile.paper]\n")
    assert refused(*DEMO, "--profile", "papre").endswith(f"'papre' in {file}; did you mean paper?")
    file.write_text("")
    assert refused(*DEMO, "--profile", "x").endswith("write [profile.x] there")
    file.write_bytes(b'output = "\xff"')
    assert f"cannot read {file}: it is not UTF-8 text" in refused(*DEMO)


def test_what_can_be_no_settings_file(tmp_path: Path) -> None:
    large = tmp_path / "large.toml"
    large.write_text("# " + "x" * (2 << 20))
    for path, words in (
        (str(large), "is larger than 1024 KiB"),
        ("/dev/zero", "is larger than 1024 KiB"),
        ("~no-such-user/a", "No such file"),
    ):
        assert words in refused("config", "show", "--config", path)


def test_paths_of_an_unknown_user_or_with_a_character_that_no_path_has(file: Path) -> None:
    path = "~no-such-user/a"
    assert f"cannot read --ids-from {path}: No such file" in refused("watch", "--demo", "--ids-from", path)
    assert f"cannot use --ca-file {path}: No such file" in refused("watch", "--demo", "--ca-file", path)
    assert f"cannot read the key file {path}: No such" in run("watch", "--all", "--api-key-file", path).err.text
    file.write_text('api-key-file = "a\\u0000b"\n')
    assert refused("watch", "--all").startswith(f"api-key-file in {file} holds the character U+0000")


def test_help_and_version_do_not_look_at_the_file(file: Path) -> None:
    file.write_text("no TOML")
    for arguments in (["--help"], ["--version"], ["watch", "--help"], ["config", "show", "--help"]):
        assert run(*arguments).process.returncode == 0


def test_ids_on_the_command_line_are_all_that_is_asked_for(file: Path, tmp_path: Path) -> None:
    ids = tmp_path / "ids"
    ids.write_text("IDX_B\n")
    for text in ("all = true", f"ids-from = '{ids}'"):
        file.write_text(text)
        with Simulator(rate=0) as sim, Running("watch", "IDX_A", "--url", sim.url):
            hello = sim.wait_for_peer().wait_received(1)
            assert "IDX_A" in hello
            assert "IDX_B" not in hello


def test_what_is_nearer_to_the_command_line_overrules_what_contradicts_it(file: Path) -> None:
    file.write_text("demo = true\n")
    with Simulator(rate=0) as sim:
        for arguments, env in ((["--url", sim.url], {}), ([], {"IDXSTREAM_URL": sim.url})):
            with Running("watch", "IDX_A", *arguments, env=env):
                sim.wait_for_peer()
    file.write_text(f"url = '{UNREACHABLE}'\n[profile.toy]\ndemo = true\n")
    assert len(run(*DEMO).out.lines) == 1
    assert len(run("watch", "-n", "1", "--profile", "toy").out.lines) == 1
    assert len(run(*DEMO, env={"IDXSTREAM_URL": UNREACHABLE}).out.lines) == 1
    assert "--demo and --url contradict" in refused(*DEMO, "--url", UNREACHABLE)


def test_how_much_is_said(file: Path) -> None:
    file.write_text("verbose = 1\n")
    assert "connected" in run(*DEMO).err.text
    assert run("-q", *DEMO).err.lines == run(*DEMO, "-q").err.lines == []
    file.write_text("quiet = true\n")
    assert run(*DEMO).err.lines == []
    assert "connected" in run("-v", *DEMO).err.text
    assert "connected" in run(*DEMO, "-v").err.text


def test_what_is_about_a_file_waits_for_one(file: Path, tmp_path: Path) -> None:
    file.write_text("fsync = '1s'\nwait-lock = 1\n")
    assert len(run(*DEMO).out.lines) == 1
    assert run(*DEMO, "-o", str(tmp_path / "out")).process.returncode == 0
    assert "--fsync needs an --output file" in refused(*DEMO, "--fsync", "1s")


def test_the_simulator_has_settings_and_another_api_key(file: Path) -> None:
    file.write_text('api-key = "a-key-of-the-feed"\nport = 0\nrate = 0\nhost = "localhost"\n')
    file.chmod(0o600)
    with Running("simulate") as running:
        address = running.err.wait_until("localhost:").split("ws://")[1].split()[0]
        with Running("watch", "--all", "--url", f"ws://{address}", "-v", "--config", os.devnull) as watching:
            watching.err.wait_until("connected")


def test_a_format_that_the_list_of_indexes_does_not_know_is_for_watch(file: Path) -> None:
    file.write_text("format = 'tsv'\n")
    with Simulator(rate=0) as sim:
        assert run("indexes", "--rest-url", sim.rest_url).process.returncode == 0
    assert "unknown format 'tsv'" in refused(*DEMO)


def test_settings_of_plug_ins_are_shown_without_their_secrets(file: Path) -> None:
    text = '[plugin.influx]\nmeasurement = "prices"\ntoken = "very-secret-token"\n"odd name" = {a = [1, 2.5]}\n'
    file.write_text(f"count = 3\n\n{text}")
    done = run("config", "show")
    assert done.process.returncode == 0
    assert "very-secret-token" not in done.out.text
    assert f'measurement = "prices" # {file}' in [" ".join(line.split()) for line in done.out.lines]
    as_read = tomllib.loads(done.out.text)
    assert as_read["plugin"] == {"influx": {"measurement": "prices", "token": "***", "odd name": {"a": [1, 2.5]}}}
    assert as_read["count"] == 3
