# Each target makes .venv from the hash-pinned requirements when it is missing or out of date (bin/prepare).
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo up down test check test-containers chaos mutants bench requirements pins embedded test-tools

PYTHON ?= python3
export PYTHON
UV ?= uv
TEST_WORKERS ?= 2
TYPED := contracts chassis services stack ops
CHECKED := $(TYPED) tests examples bench
COMPILE = $(UV) pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: embedded ## the main job on the embedded stack, from a CRM export to survey answers; starts and stops everything
	@.venv/bin/baton demo

up: embedded ## start the stack and the services, and leave them running
	@.venv/bin/baton up --detach

down: embedded ## stop what `make up` started
	@.venv/bin/baton down

test: test-tools ## all tests, on the embedded stack (so that the time they take does not depend on Docker)
	@BATON_TEST_STACK=embedded .venv/bin/python -m pytest -n $(TEST_WORKERS) --dist loadfile -m "not compose" $(TEST_OPTIONS)

check: test-tools ## ruff, mypy --strict and the import rules
	@.venv/bin/ruff check --no-cache $(CHECKED)
	@.venv/bin/ruff format --no-cache --check $(CHECKED)
	@.venv/bin/mypy --strict $(TYPED)
	@.venv/bin/lint-imports --no-cache

test-containers: test-tools ## the integration tests on containers, then one deal through the Compose file
	@docker info >/dev/null 2>&1 || { echo "No Docker engine answers; start one and try again." >&2; exit 1; }
	@BATON_TEST_STACK=containers .venv/bin/python -m pytest -m "integration and not compose" $(TEST_OPTIONS)
	@.venv/bin/python -m pytest -m compose tests/containers

chaos: test-tools ## faults drawn from SEED, for SECONDS, RUNS times, and the checker's verdict (docs/guarantees.md)
	@.venv/bin/python -m tests.chaos $(if $(SEED),--seed $(SEED)) $(if $(SECONDS),--seconds $(SECONDS)) --runs $(or $(RUNS),1) $(CHAOS_OPTIONS)

mutants: test-tools ## planted bugs, each in a copy of the sources, and the check that finds it
	@.venv/bin/python -m tests.mutants $(MUTANTS)

bench: test-tools ## Baton beside its rivals, interleaved on one stack (bench/README.md, docs/performance.md)
	@.venv/bin/python -m bench $(BENCH_OPTIONS)

requirements: test-tools ## every requirement row with the tests that show it; fails on a claimed row that has none
	@.venv/bin/python -m tests.requirement_rows

pins: ## pin the newest versions that pyproject.toml allows (needs uv)
	$(COMPILE) --upgrade --output-file requirements/base.txt
	$(COMPILE) --constraint requirements/base.txt --upgrade --extra embedded --group build --output-file requirements/embedded.txt
	$(COMPILE) --constraint requirements/embedded.txt --upgrade --extra embedded --group build --group test --output-file requirements/test.txt

embedded:
	@bin/prepare embedded

test-tools:
	@bin/prepare test
