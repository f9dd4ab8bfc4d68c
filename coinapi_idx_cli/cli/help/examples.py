"""Examples, for the end of each command's help and for the manual page: a comment, and the lines that it is about."""

PROGRAM = """
# Look at it; no key and no network are needed
idxstream watch --demo

# One index, live
export COINAPI_KEY=...
idxstream watch IDX_REFRATE_PRIMKT_BTC_USD

# The last price, and nothing else
idxstream get btc_usd

# What there is to watch
idxstream indexes
"""

WATCH = """
# A table in a terminal, of all that the list of indexes has of a kind
idxstream watch 'IDX_REFRATE_PRIMKT_*_USD' IDX_VOL_CAPIVIX_BTC_USD

# Ten values, as plain numbers
idxstream watch IDX_REFRATE_PRIMKT_BTC_USD -n 10 | jq .value

# A file a day, each valid at any time
idxstream watch --all -o 'ticks-%Y-%m-%d.csv.gz' --give-up-after never

# An hour of values, with the gaps where they were
idxstream watch IDX_REFRATE_PRIMKT_BTC_USD -d 1h --include gap > hour.ndjson

# What moves most of everything
idxstream watch --all --sort change
"""

GET = """
# The last price
idxstream get btc_usd

# Several, for a spreadsheet
idxstream get btc_usd eth_usd capivix_btc_usd -f csv

# In a script: exit code 5 if no value came in time
idxstream get btc_usd --timeout 3s > price.txt
"""

HISTORY = """
# The last two hours of values
idxstream history btc_usd --since 2h

# A year of one-minute bars, a file a month; run it again to go on after a break
idxstream history btc_usd --since 2025-01-01 --until 2026-01-01 --period 1MIN --max-calls 6000 -o 'btc-%Y-%m.csv.gz'

# Hourly bars of several indexes
idxstream history 'IDX_REFRATE_VWAP_*' --since 30d --period 1HRS -f csv > vwap.csv
"""

INDEXES = """
# All there are, a table by family on a terminal, one id a line in a pipe
idxstream indexes

# Some, as the server has them now
idxstream indexes '*_BTC_*' --refresh

# For other programs
idxstream indexes -f csv > indexes.csv
"""

SIMULATE = """
# A server that restarts each minute, and a client to see it through
idxstream simulate --restart-every 1m --within 5s
idxstream watch --all --url ws://127.0.0.1:8765

# One that breaks off every 20 seconds, each time with the same values
idxstream simulate --seed 7 --drop-every 20s

# Yesterday's capture as a live feed, sixty times as fast
idxstream simulate --replay 'ticks-%Y-%m-%d.csv.gz' --speed 60

# One that refuses
idxstream simulate --error 'quota exceeded'
"""

DOCTOR = """
# From the settings to the first value of an index, with a file for support
idxstream doctor IDX_REFRATE_PRIMKT_BTC_USD --report report.txt

# Only what failed
idxstream doctor -f ndjson | jq 'select(.ok == false)'
"""

CHECK = """
# Is a day of captures whole, and what does it hold
idxstream check ticks-2026-11-26.csv.gz

# All files of a capture, as its -o named them; gaps are known, everything else is not
idxstream check 'ticks-%Y-%m-%d.csv.gz' --allow gap

# For other programs
idxstream check ticks.ndjson -f ndjson | jq 'select(.type == "finding")'
"""

MERGE = """
# Two machines that captured the same, each with holes of its own
idxstream merge a/ticks.csv b/ticks.csv -o ticks.csv

# A month, as their -o named the files
idxstream merge 'a/t-%Y-%m-%d.csv.gz' 'b/t-%Y-%m-%d.csv.gz' -o t-2026-11.csv.gz
"""

ENGINE = """
# A stream for several capture machines, then what is in it
idxstream engine create nats://127.0.0.1/IDX
idxstream engine info nats://127.0.0.1/IDX
"""

ENGINE_CREATE = """
# A month of values on three servers of a cluster
idxstream engine create tls+nats://a.example,b.example,c.example/IDX --replicas 3 --max-age 720h
"""

ENGINE_INFO = """
# Who writes, and is the end of the chain whole
idxstream engine info nats://127.0.0.1/IDX

# How many seconds ago the last value was received
idxstream engine info nats://127.0.0.1/IDX -f ndjson | jq .behind_s
"""

CONFIG = """
# What a run would do, and why
idxstream config show --profile paper

# Where to write settings
idxstream config path

# Keep the key where the system keeps passwords
idxstream config set-key
"""

CONFIG_SHOW = """
# What is in force, and what gave it
idxstream config show

# Only what is not a default
idxstream config show --changed

# A settings file to begin with
idxstream config show > config.toml
"""

CONFIG_PATH = """
# Where to write settings
idxstream config path
"""

CONFIG_SET_KEY = """
# Asked for without an echo
idxstream config set-key

# From a password manager, for one profile alone
pass show coinapi | idxstream config set-key --profile paper
"""

HELP = """
# All options of a command
idxstream help watch

# Those of one below another
idxstream help config show
"""

VERSION = """
# For a report of a bug
idxstream version
"""
