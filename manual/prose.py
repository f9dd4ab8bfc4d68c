"""What the manual page says that the program's help does not."""

from __future__ import annotations

DESCRIPTION = """
Streams CoinAPI's index values (reference prices, volatility) as they change: a live table in a terminal, NDJSON into
`jq` and other programs, CSV into files. Every message is checked, numbers and times come out in the very text that went
in, and every gap is reported.

Data goes to stdout, everything else to stderr. A duration is written as `90s`, `10m`, `1h30m` or `500ms`, a size as
`500MB` or `2GiB`. A flag beats the environment, which beats the
settings file, which beats the default.

A key is needed unless the feed is on this machine, as it is with --demo. It never appears in output, messages or logs.
"""

OPTIONS = "Each command has these; they may also be given before its name:"

# Besides those that are used instead of an option.
ENVIRONMENT = {
    "https_proxy, http_proxy, all_proxy, no_proxy": "The proxy to use, and for which hosts none.",
    "NO_COLOR": "If it is set, whatever to, the table has no colour.",
    "TERM": "Under `dumb` the table is printed once, at the end.",
    "COLUMNS": "How wide the text of --help is, instead of the width of the terminal.",
    "XDG_CONFIG_HOME": "The folder of settings, instead of `~/.config`.",
    "XDG_CACHE_HOME": "The folder of caches, instead of `~/.cache`.",
}

FILES = {
    "~/.config/idxstream/config.toml": "Settings, with the names of the long options; those below "
    "`[profile.NAME]` count with --profile NAME. On macOS in `~/Library/Application Support/idxstream/`.",
    "~/.cache/idxstream/": "The list of indexes, kept for a day; on macOS in `~/Library/Caches/idxstream/`.",
}

SIGNALS = {
    "SIGINT, SIGTERM, SIGQUIT": "Write what was received, close the connection properly, and end within two seconds.",
    "SIGHUP": "With -o or --event-log, open these files again; without, end. When the terminal that stdout or the "
    "table is on was closed, end in any case.",
    "SIGUSR1": "Print a line of statistics to stderr.",
}

SEE_ALSO = {"jq": 1, "gzip": 1, "zstd": 1, "strftime": 3, "crontab": 5, "systemd.service": 5, "logrotate": 8}
