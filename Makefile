# Two commands matter: `make run` and `make test`. Both set up what they need, also on a fresh machine.
SHELL := /bin/bash
VENV := .venv
PY := $(VENV)/bin/python
RUN_READY := $(VENV)/.ready-run
DEV_READY := $(VENV)/.ready-dev
PROVIDER_READY := tests/provider/node_modules/.package-lock.json
FRONTEND_READY := tests/frontend/node_modules/.package-lock.json
PORT ?= 8000
# Hundreds of processes of ours are started by the tests: what Python has compiled is kept, whatever the image says.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev provider frontend fast slow system run serve test lint format docs docs-serve bench samples catalogue pins clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

run: setup samples ## set up, fill ./var with the demonstration ward, serve it on 127.0.0.1:$(PORT)
	$(PY) -m matpho demo --port $(PORT)

serve: setup ## set up and serve what is in ./var on 127.0.0.1:$(PORT)
	$(PY) -m matpho serve --port $(PORT)

test: setup-dev system samples provider frontend ## set up and run every test (SQLite, PostgreSQL, S3 and a browser, all real)
	$(PY) -m pytest -n 2 $(ARGS)

lint: setup-dev frontend ## formatter, linter, types and import directions, of Python and of the pages' modules
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports --no-cache
	cd tests/frontend && npm run --silent types && npm run --silent rules

format: setup-dev ## put the code into its one form
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

docs: setup-dev ## build the documentation into site/, strictly
	NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs build --strict

docs-serve: setup-dev ## read the documentation on 127.0.0.1:8001 while writing it
	$(PY) -m mkdocs serve --dev-addr 127.0.0.1:8001

bench: setup-dev system ## run every benchmark, each beside what one would use instead (takes long)
	$(PY) -m benchmarks

samples: setup ## make the dated sample clips in sample_clips/clips that are not there yet
	$(PY) -m sample_clips make

catalogue: setup-dev ## bring the Vietnamese catalogue up to date with the texts in the code
	$(PY) -m tests.support.catalogue update

setup: $(RUN_READY) ## install what the service needs into .venv, pinned by hash; compile the receive path where there is a C compiler
	@scripts/compile-receive-path --try

setup-dev: $(DEV_READY) ## install what development needs on top

provider: $(PROVIDER_READY) ## install the OpenID Connect provider that tests sign in at (npm, locked)

frontend: $(FRONTEND_READY) ## install what checks the pages' modules (npm, locked; nothing of it is served)

fast: $(RUN_READY) ## compile the receive path, so that recording takes less of the processor
	@scripts/compile-receive-path

slow: $(RUN_READY) ## remove what `make fast` made; with MATPHO_COMPILED=false `make setup` makes it no more
	@$(PY) -m ingest.live.compiling --undo

system: ## install the system packages that tests need (ffmpeg, PostgreSQL, Chromium)
	@scripts/system-packages

pins: ## make requirements/*.txt anew from requirements/*.in
	@scripts/pins

clean: ## remove what was made here, but no data folder
	rm -rf $(VENV) site .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/bin/python:
	@scripts/find-python -m venv $(VENV)

$(RUN_READY): requirements/run.txt pyproject.toml | $(VENV)/bin/python
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index --editable .
	@touch $@

$(PROVIDER_READY): tests/provider/package-lock.json | system
	cd tests/provider && npm ci --ignore-scripts --silent
	@touch $@

$(FRONTEND_READY): tests/frontend/package-lock.json | system
	cd tests/frontend && npm ci --ignore-scripts --silent
	@touch $@

$(DEV_READY): requirements/dev.txt $(RUN_READY)
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@
