# make        set up .venv and decide the page refcount
# make test   set up what the tests need and pass them
# make lint   style, types and import contracts
# make lock   compute the locked dependency versions anew
# make clean  remove everything that make made

SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
SPECS := specs/page_ref/mainline.c specs/page_ref/locked_bit.c specs/page_ref/zero_unlocked.c

.DEFAULT_GOAL := decide
.DELETE_ON_ERROR:
.PHONY: decide install develop test lint format lock clean

decide: install
	$(BIN)/refproof check --timeout 300 $(SPECS)

install: $(VENV)/.installed

develop: $(VENV)/.developed

test: develop
	@command -v gcc >/dev/null || { echo 'make: the tests compile C and need gcc: apt-get install gcc' >&2; exit 2; }
	$(BIN)/python -m pytest

lint: develop
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: develop
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo 'make: $(PYTHON) is missing or older than 3.11; name another one: make PYTHON=python3.12' >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo 'make: $(PYTHON) cannot make a virtual environment; on Debian: apt-get install python3-venv' >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.installed: $(VENV)/.created requirements.lock pyproject.toml
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.developed: $(VENV)/.installed requirements-dev.lock
	$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

# Wherever the packages come from, the lock files name versions and hashes only.
PIP_COMPILE := build/lock/bin/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --all-build-deps \
	--no-header --no-emit-index-url --no-emit-find-links --no-emit-trusted-host

lock:
	$(PYTHON) -m venv build/lock
	build/lock/bin/python -m pip --quiet install pip-tools
	$(PIP_COMPILE) --output-file requirements.lock pyproject.toml
	$(PIP_COMPILE) --extra dev --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml

clean:
	rm -rf $(VENV) build dist *.egg-info .hypothesis .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
