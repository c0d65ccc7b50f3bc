# DataSync. `make help` lists what there is.
.DEFAULT_GOAL := help
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
TEST_READY := $(VENV)/.test-ready
ROWS ?= 200000
STATE ?= .state/demo
export PYTHONPATH := plugins:include

.PHONY: help demo up down test test-fast lint tsql format bench clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(READY) ## sync sample sources through a real Airflow; ONCE=1 exits when done, ROWS=n sets the size
	@$(BIN)/python -m demo --state $(STATE) --rows $(ROWS) $(if $(ONCE),--once)

up: $(READY) ## start Airflow with the demo's state and leave all else to you, until Ctrl-C
	@$(BIN)/python -m demo --state $(STATE) --rows $(ROWS) --start

down: $(READY) ## stop what a killed demo left running
	@$(BIN)/python -m demo.down --state $(STATE)

test: $(TEST_READY) ## run all tests, with real databases and a real scheduler
	@$(BIN)/python -m pytest

test-fast: $(READY) ## run the tests that need neither database nor scheduler
	@$(BIN)/python -m pytest -m "not integration and not scheduler and not mssql"

lint: $(READY) ## check style, format and types
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy dags plugins include

tsql: $(READY) ## parse all T-SQL with Microsoft's parser, where that is to be had
	@scripts/tsql.sh $(BIN)/python

format: $(READY) ## put the code in the one format
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

bench: $(READY) ## print rows/s and peak memory of each step; ROWS=n, WAREHOUSE=postgres or mssql
	@$(BIN)/python -m tests.benchmarks --warehouse $(or $(WAREHOUSE),postgres) \
	  --rows $(if $(filter file,$(origin ROWS)),1000000,$(ROWS))

clean: ## remove the environment and all state
	rm -rf $(VENV) .venv-tsql .state .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(READY): requirements.lock packages.txt scripts/setup.sh
	@scripts/setup.sh $(VENV)
	@touch $@

$(TEST_READY): $(READY) packages-test.txt
	@scripts/setup.sh $(VENV) packages-test.txt
	@touch $@
