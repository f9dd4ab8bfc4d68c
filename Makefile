# Everything runs in a virtual environment of its own, .venv, made at the first call.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

.PHONY: demo test fuzz lint format bench completions manual screenshots clean

# The table against the built-in simulator: no key, no network. Into a pipe: make demo ARGS="-n 20 -f ndjson" | jq
demo: $(VENV)/.installed
	@trap : INT; $(BIN)/idxstream watch --demo $(ARGS) || case $$? in 130|141) ;; *) exit 1;; esac  # Ctrl-C, | head

test: $(VENV)/.installed-dev
	@$(BIN)/python -m pytest $(ARGS)

# The generated tests for as long as you like: make fuzz ARGS="--seconds 3600 --seed 1". One kind: ARGS="--only frames"
fuzz: $(VENV)/.installed-dev
	@$(BIN)/python -m tests.fuzz $(ARGS)

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# idxstream beside websocat, jq, picows and the vendor's example; some minutes. One group: make bench ARGS="--only start"
bench: $(VENV)/.installed-bench
	@$(BIN)/python -m tests.bench $(ARGS)

# What the shells complete, and the manual page, from the program's own options and help.
completions: $(VENV)/.installed-dev
	@$(BIN)/python completions/generate.py
	@$(BIN)/python manual/generate.py

# The manual page, to be looked at.
manual: completions
	@man -l manual/idxstream.1

# The pictures in the README, from real runs.
screenshots: $(VENV)/.installed-dev
	@$(BIN)/python docs/screenshots.py

clean:
	rm -rf $(VENV) dist build .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("idxstream needs Python 3.11 or newer; say which: make PYTHON=python3.12")' >&2
	@$(PYTHON) -m venv $(VENV) >&2

# stdout belongs to the data: what pip says goes to stderr.
$(VENV)/.installed: pyproject.toml $(VENV)/bin/python
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable . >&2
	@touch $@

$(VENV)/.installed-bench: pyproject.toml $(VENV)/bin/python
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[bench]' >&2
	@touch $@ $(VENV)/.installed

$(VENV)/.installed-dev: pyproject.toml $(VENV)/bin/python
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]' >&2
	@touch $@ $(VENV)/.installed
