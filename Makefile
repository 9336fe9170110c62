# Everything a contributor runs. Needs Python >= 3.11 and make; each target makes .venv when needed.

# The first of these that runs and is new enough.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
ARGS   ?=
BIN    := .venv/bin
READY  := .venv/.installed

# Some environments forbid it: then each process that a test starts compiles pgsched anew, 0.15 s.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help demo dev test bench lint check format schema lock

help:  ## Show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

demo: $(READY)  ## Start Postgres and a worker, enqueue some jobs, watch them run
	$(BIN)/pgsched demo $(ARGS)

dev: $(READY)  ## Start Postgres, migrate, and run a worker, until Ctrl-C
	$(BIN)/pgsched dev $(ARGS)

test: $(READY)  ## Run the tests; ARGS="-k claim" or ARGS="-m storm" go to pytest
	$(BIN)/python -m pytest -n 3 --dist worksteal $(ARGS)

bench: $(READY)  ## Measure pgsched and its peers here; ARGS=core without peers, ARGS=--quick
	$(BIN)/python -m bench $(ARGS)

lint: $(READY)  ## Check formatting, style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --pythonpath $(BIN)/python pgsched

check: lint test  ## Lint and test: what CI does on its main Postgres version

format: $(READY)  ## Format the code and fix what can be fixed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

schema: $(READY)  ## Write sql/schema.sql, the dump of what the migrations make
	$(BIN)/python -m tests.schema_dump > .venv/schema.sql
	mv .venv/schema.sql sql/schema.sql

lock: $(READY)  ## Pin the newest allowed versions in requirements.lock (needs uv)
	uv pip compile -q --universal --upgrade --extra dev --python-version 3.11 --no-emit-index-url \
	  --no-emit-find-links --no-header --no-annotate pyproject.toml -o requirements.lock

# uv takes a second where pip takes half a minute, but is not required.
$(READY): pyproject.toml requirements.lock
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: make PYTHON=..." >&2; exit 1; }
	@if command -v uv >/dev/null 2>&1; then \
	  test -x $(BIN)/python || uv venv --quiet --python $(PYTHON) .venv; \
	  uv pip install --quiet --python $(BIN)/python -r requirements.lock -e . ; \
	else \
	  test -x $(BIN)/pip || $(PYTHON) -m venv --clear .venv; \
	  $(BIN)/pip install --quiet --disable-pip-version-check -r requirements.lock -e . ; \
	fi
	@touch $@
