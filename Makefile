# Everything runs in a virtual environment of its own, .venv, made at the first call.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

.PHONY: demo test test-fast coverage coverage-protocol lower-bounds fuzz lint format bench soak completions manual screenshots dist clean

# The table against the built-in simulator: no key, no network. Into a pipe: make demo ARGS="-n 20 -f ndjson" | jq
demo: $(VENV)/.installed
	@trap : INT; $(BIN)/idxstream watch --demo $(ARGS) || case $$? in 130|141) ;; *) exit 1;; esac  # Ctrl-C, | head

# All tests, on all cores. Some of them: make test ARGS="tests/table -k resize"
test: $(VENV)/.installed-dev
	@$(BIN)/python -m pytest -n auto $(ARGS)

# In under 30 seconds: the tests that start no process and do not wait long. One that takes ten seconds fails.
test-fast: $(VENV)/.installed-dev
	@$(BIN)/python -m pytest -n auto -m "not process and not slow" --timeout 10 $(ARGS)

# Which lines and branches the tests cover, in the processes that they start too.
coverage: $(VENV)/.installed-dev
	@$(BIN)/python -m pytest -n auto -m "not unmeasured" --cov $(ARGS)

# Fails unless the tests in tests/protocol cover every line and branch of the pure core.
coverage-protocol: $(VENV)/.installed-dev
	@$(BIN)/python -m pytest -n auto --cov=coinapi_idx_cli.protocol --cov-fail-under=100 $(ARGS) tests/protocol

# The fast tests with the oldest dependencies that pyproject.toml allows, in an environment of their own.
lower-bounds: $(VENV)-lowest/.installed-dev
	@$(VENV)-lowest/bin/python -m pytest -n auto -m "not process and not slow" $(ARGS)

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

# A capture for hours, with restarts, cuts and rotation, and a verdict on loss and growth: make soak ARGS="--hours 24"
soak: $(VENV)/.installed-dev
	@$(BIN)/python -m tests.bench.soak $(ARGS)

# What the shells complete, the manual page and docs/options.md, from the program's own options and help.
completions: $(VENV)/.installed-dev
	@$(BIN)/python completions/generate.py
	@$(BIN)/python manual/generate.py

# The manual page, to be looked at.
manual: completions
	@man -l manual/idxstream.1

# The pictures in the documentation, from real runs.
screenshots: $(VENV)/.installed-dev
	@$(BIN)/python docs/screenshots.py

# The source distribution and the wheel, as they go to a package index.
dist: $(VENV)/.installed-dev
	rm -rf dist
	$(BIN)/python -m hatchling build
	$(BIN)/twine check --strict dist/*

clean:
	rm -rf $(VENV) $(VENV)-lowest dist build .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage*

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

$(VENV)-lowest/.installed-dev: pyproject.toml
	@$(PYTHON) -m venv $(VENV)-lowest >&2
	@$(VENV)-lowest/bin/pip install --quiet --disable-pip-version-check uv >&2
	@$(VENV)-lowest/bin/uv pip install --quiet --python $(VENV)-lowest/bin/python --resolution lowest-direct --editable '.[dev]' >&2
	@touch $@
