# Needs Python 3.11 or later and make; everything else goes into .venv.
# Another Python: make PYTHON=/path/to/python3 demo

SHELL := /bin/sh
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check install --no-input
ROOMS := agent collectors exporters checks inventory
TYPED := $(ROOMS) $(wildcard tests bench deploy/grafana)
LINTED := $(ROOMS) $(wildcard tests bench deploy)
SLOW := tests/lan tests/e2e tests/packaging tests/deploy
CONFIG ?= config.toml
TEST_ARGS ?=
FUZZ_ARGS ?=

.PHONY: help demo run test check fuzz bench lock clean

help: ## This list
	@awk -F ': .*## ' '/^[a-z]+: .*## /{printf "  make %-8s %s\n", $$1, $$2}' Makefile

demo: $(VENV)/installed ## A small office LAN in private namespaces, scanned and served on 127.0.0.1:10460
	@$(BIN)/lanwarden demo

run: $(VENV)/installed ## The agent on this machine, with CONFIG=config.toml
	@$(BIN)/lanwarden run --config $(CONFIG)

check: $(VENV)/developed ## Format, lint, types, import contract, unit tests: under a minute
	@$(MAKE) --no-print-directory static
	$(BIN)/pytest --quiet --numprocesses=auto $(SLOW:%=--ignore=%) $(TEST_ARGS)

test: $(VENV)/developed ## Everything: check, LAN, end to end, packaging, Prometheus and Alertmanager files
	@tests/provision/install test
	@$(MAKE) --no-print-directory static
	PATH="$$PATH:/usr/local/sbin:/usr/sbin:/sbin" $(BIN)/pytest --quiet --numprocesses=auto \
	    $(SLOW:%=--ignore=%) $(TEST_ARGS)
	PATH="$$PATH:/usr/local/sbin:/usr/sbin:/sbin" $(BIN)/pytest --quiet --numprocesses=2 --dist=loadfile \
	    $(SLOW) $(TEST_ARGS)

fuzz: $(VENV)/developed ## A million random and mutated inputs for every parser: some ten minutes
	$(BIN)/python -m tests.collectors.wire.fuzz $(FUZZ_ARGS)

bench: $(VENV)/developed ## Measure against the peers; writes docs/reference/performance.md
	@tests/provision/install test bench
	PATH="$$PATH:/usr/local/sbin:/usr/sbin:/sbin" $(BIN)/python -m bench

lock: $(VENV)/developed ## Choose newer versions of the dependencies (needs the network)
	@$(BIN)/uv --version >/dev/null 2>&1 || $(PIP) uv
	@for name in runtime build dev; do \
	    case $$name in \
	        runtime) from="pyproject.toml" ;; \
	        build) from="--group build" ;; \
	        dev) from="pyproject.toml --group dev --constraints requirements/runtime.lock" ;; \
	    esac; \
	    $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
	        --generate-hashes --no-emit-index-url --no-emit-find-links \
	        --custom-compile-command "make lock" --output-file requirements/$$name.lock $$from \
	        || exit 1; \
	done

clean: ## Remove what make made
	rm -rf $(VENV) .cache build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find $(LINTED) -type d -name __pycache__ -prune -exec rm -rf {} +

.PHONY: static
static:
	$(BIN)/ruff format --check --quiet $(LINTED)
	$(BIN)/ruff check --quiet $(LINTED)
	$(BIN)/mypy $(TYPED)
	$(BIN)/lint-imports

# Each stamp is newer than what it was made from, so that a second run starts at once.
$(VENV)/created: tests/provision/python
	@python=$$(PYTHON='$(PYTHON)' tests/provision/python) && "$$python" -m venv --clear $(VENV)
	@touch $@

$(VENV)/installed: $(VENV)/created requirements/runtime.lock requirements/build.lock pyproject.toml
	@echo "Installing the locked dependencies into $(VENV)"
	@$(PIP) --require-hashes -r requirements/runtime.lock -r requirements/build.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/developed: $(VENV)/installed requirements/dev.lock
	@$(PIP) --require-hashes -r requirements/dev.lock
	@touch $@
