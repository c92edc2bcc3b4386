# Everything a person or a machine does with this repository. `make` says what there is.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SETUP := $(VENV)/.setup
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: help run test check setup bench bench-oracle screenshots messages clean

help:
	@echo "make run          set up, load the demo network into an empty data folder, serve on http://localhost:8000"
	@echo "make test         set up and test everything"
	@echo "make check        lints, types, import contracts, migrations, translations"
	@echo "make bench        speed, memory and replay figures on real data"
	@echo "make bench-oracle forecasts and reorder rules beside statsforecast and stockpyl (part of make bench)"
	@echo "make screenshots  the pictures of README and guide, from the demo network"
	@echo "make setup        the environment alone"

# What serves.
$(SETUP)-run: requirements.lock pyproject.toml package-lock.json tools/vendor.py
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "firstmove needs Python 3.11 or later: make PYTHON=python3.11 …"; exit 1; }
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	$(BIN)/python tools/vendor.py
	@touch $@

# What tests and checks need beside it.
$(SETUP)-dev: $(SETUP)-run requirements-dev.lock
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements-dev.lock
	@touch $@

messages: $(SETUP)-run
	@$(BIN)/python tools/messages.py --compile

setup: $(SETUP)-dev messages

run: $(SETUP)-run messages
	@$(BIN)/firstmove up --demo

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python tools/makemigrations_check.py
	$(BIN)/python tools/messages.py --check

test: setup
	$(BIN)/python tools/browser.py
	$(MAKE) --no-print-directory check
	$(BIN)/pytest --numprocesses 2 --dist loadfile

# The field, to measure against: an environment of its own, since it wants older packages.
ORACLE := build/oracle-venv
$(ORACLE)/.setup: requirements-oracle.lock | setup
	@test -x $(ORACLE)/bin/python || $(PYTHON) -m venv $(ORACLE)
	$(ORACLE)/bin/python -m pip install --quiet --require-hashes --requirement requirements-oracle.lock
	@touch $@

bench: setup $(ORACLE)/.setup
	FIRSTMOVE_ORACLE=$(ORACLE)/bin/python $(BIN)/python benchmarks/run.py

bench-oracle: setup $(ORACLE)/.setup
	FIRSTMOVE_ORACLE=$(ORACLE)/bin/python $(BIN)/python benchmarks/run.py oracle

screenshots: setup
	$(BIN)/python tools/browser.py
	$(BIN)/python tools/screenshots.py

clean:
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache
