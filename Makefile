# What one does with Disparo. `make help` lists it.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test lint format lock page page-check screenshots openapi bench-dispatch bench-scheduler bench-monitor bench-peers bench-showroom campaign-scheduler outage-scheduler campaign-showroom campaign-api chaos audit clean bench-deliver

BIN := .venv/bin
# Where it is set, each process compiles all that it imports anew: 4 s for the service alone.
export PYTHONDONTWRITEBYTECODE :=
# What mypy knows of files that have not changed is kept for the next clone: that spares it a minute.
export MYPY_CACHE_DIR ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/disparo/mypy
# `EXAMPLE=none make run` starts without the flights example.
EXAMPLE ?= flights
# `make test ARGS="-k windows"`, `make bench-dispatch ARGS="--rows 100000"`
ARGS ?=
export ARGS
# In a new clone each worker would compile all that it imports, at the same time: one does it before.
COMPILED := test -d tests/__pycache__ || $(BIN)/python -m pytest --collect-only -qq >/dev/null;
COMPILE := scripts/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{printf "%-22s %s\n", $$1, $$2}'

run: ## set up what is missing, then start the service on 127.0.0.1:8000
	@scripts/setup run
	@$(BIN)/disparo db upgrade
	@scripts/page try
	@case "$(EXAMPLE)" in none) ;; *) $(BIN)/python "examples/$(EXAMPLE)/prepare.py" ;; esac
	@exec $(BIN)/disparo serve

test: ## everything: lint, types, import contracts, all tests
	@scripts/setup test
	@scripts/system-packages
	@scripts/in-memory scripts/abreast '$(COMPILED) eval "$(BIN)/python -m pytest -n auto --dist worksteal $$ARGS"' \
		'scripts/page check && $(MAKE) --no-print-directory lint && scripts/page browse'

lint: ## style, types and import contracts
	@scripts/setup test
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m scripts.openapi --check

page: ## build the page in the browser, with Node.js 20.19 or newer
	@scripts/page build

page-check: ## build the page, and run its tests, those in a browser too
	@scripts/setup test
	@scripts/page check
	@scripts/page browse

screenshots: ## pictures for the README, of the service at DISPARO_URL
	@scripts/page build
	@node frontend/scripts/screenshots.js

openapi: ## write frontend/openapi.json, of which the page's types are made
	@scripts/setup test
	@$(BIN)/python -m scripts.openapi

format: ## mend the style where a program can
	@scripts/setup test
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .

lock: ## pin the dependencies anew; UPGRADE=--upgrade takes the newest
	@test -d .venv || scripts/setup run
	@$(COMPILE) $(UPGRADE) --extra build --extra examples -o requirements.lock pyproject.toml
	@$(COMPILE) $(UPGRADE) --extra dev --extra build --extra examples --extra onnx --extra postgresql -c requirements.lock -o requirements-dev.lock pyproject.toml
	@$(COMPILE) $(UPGRADE) -o requirements-clients.lock requirements-clients.in

bench-dispatch: ## a dispatch beside pandas, and each stage alone: ARGS="--rows 3300000 --runs 1"
	@scripts/setup test
	@$(BIN)/python -m benchmarks.dispatch $(ARGS)

bench-deliver: ## how fast each driver takes rows, by each way that it has
	@scripts/setup test
	@$(BIN)/python -m benchmarks.deliver $(ARGS)

bench-scheduler: ## how late slots start, beside plain APScheduler
	@scripts/setup test
	@$(BIN)/python -m benchmarks.scheduler $(ARGS)

bench-monitor: ## how late results of checks come: ARGS="--dead 100", ARGS=--probes
	@scripts/setup test
	@$(BIN)/python -m benchmarks.monitor $(ARGS)

bench-peers: ## install the Showroom's peers, each into an environment of its own
	@scripts/setup test
	@$(BIN)/python -m benchmarks.showroom.peers $(ARGS)

bench-showroom: ## requests a second of the Showroom, beside its peers
	@scripts/setup test
	@scripts/system-packages load
	@$(BIN)/python -m benchmarks.showroom $(ARGS)

campaign-scheduler: ## try to break the scheduler: replicas and the database are killed at random
	@scripts/setup test
	@$(BIN)/python -m tests.scheduler.campaign $(ARGS)

outage-scheduler: ## how soon the scheduler resumes after its database was away for a minute
	@scripts/setup test
	@$(BIN)/python -m tests.scheduler.outage $(ARGS)

campaign-showroom: ## try to lose an answer's record: ARGS="--kills 200 --database mariadb"
	@scripts/setup test
	@$(BIN)/python -m tests.showroom.campaign $(ARGS)

campaign-api: ## try to break the API of a service that runs: ARGS="ADDRESS TOKEN"
	@scripts/setup test
	@$(BIN)/python -m tests.hardening.schemathesis_run $(ARGS)

chaos: ## try to break all promises at once for ten minutes: ARGS="--seed 7 --seconds 60"
	@scripts/setup test
	@scripts/system-packages
	@scripts/system-packages chaos
	@$(BIN)/python -m tests.chaos $(ARGS)

audit: ## look for known faults in what requirements.lock pins; needs a network
	@test -d .venv || scripts/setup run
	@scripts/uv tool run pip-audit --require-hashes --disable-pip --requirement requirements.lock $(ARGS)

clean: ## delete caches and build results; .venv and var stay
	@rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .schemathesis
	@find . -name __pycache__ -not -path './.venv/*' -not -path './var/*' -prune -exec rm -rf {} +
