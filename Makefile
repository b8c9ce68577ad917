# One line of help each: `make` lists them. The environment is made once and again when its lists change.
VENV ?= .venv
PYTHON ?= python3
PYTEST_ARGS ?= -n 2

BIN := $(VENV)/bin
PIP := $(BIN)/pip
INSTALL := $(PIP) install -qq -c constraints.txt
DEMO := runs/demo
PEERS := .peers
FAST := not slow

.DEFAULT_GOAL := help
.PHONY: help install run format lint type arch docs readme check test test-slow cov bench bench-quick bench-peers bench-programs accuracy accuracy-quick build clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(VENV)/.dev ## Make .venv with the package and all that development needs

# torch goes first and alone: an index that has a CPU build of this version gives that one.
$(VENV)/.core: pyproject.toml constraints.txt $(wildcard forecast/networks/recurrent*.[ch])
	@echo "installing forecast into $(VENV) (the first time takes minutes: torch is large)"
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install -qq 'pip==26.3'
	@$(INSTALL) torch
	@$(INSTALL) -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.core
	@$(INSTALL) --group dev
	@touch $@

run: $(VENV)/.core ## Train on the hourly file in data/ and show the table
	@$(BIN)/forecast train data/pedestrians_hourly.csv --output $(DEMO) --force
	@echo "report: $(DEMO)/report.html"

format: install ## Rewrite the code in the one format
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lint: install ## Format and lint, without rewriting
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

type: install ## Types, strictly
	@$(BIN)/mypy

arch: install ## Floors, declared dependencies, sizes and bans
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/deptry forecast
	@$(BIN)/pytest -q tests/architecture

docs: install ## That the README and the configurations say what is so
	@$(BIN)/pytest -q -m "$(FAST)" tests/docs

readme: install ## Write the generated parts of the README again (trains; takes minutes)
	@$(BIN)/python -m tests.docs.readme --sessions

check: lint type arch docs ## All that is not a test of behaviour

test: install ## The tests, without the slow ones
	@$(BIN)/pytest -m "$(FAST)" $(PYTEST_ARGS)

test-slow: install ## The slow tests
	@$(BIN)/pytest -m slow $(PYTEST_ARGS)

cov: install ## The tests, with the branches that they miss
	@$(BIN)/pytest -m "$(FAST)" $(PYTEST_ARGS) --cov

bench: install ## Write benchmarks/RESULTS.md again: hours on a machine at rest; goes on where it was stopped
	@$(BIN)/python -m benchmarks.speed

bench-quick: install ## A few rows of the same, printed: three minutes at most
	@$(BIN)/python -m benchmarks.speed --quick

bench-peers: $(PEERS)/neuralforecast/.built $(PEERS)/darts/.built ## Make the environments of the peers for bench

$(PEERS)/neuralforecast/.built: PEER = neuralforecast
$(PEERS)/darts/.built: PEER = darts[torch]
$(PEERS)/%/.built: benchmarks/speed/peers.txt
	@echo "installing $* into $(@D) (takes minutes)"
	@$(PYTHON) -m venv $(@D)
	@$(@D)/bin/pip install -qq 'pip==26.3'
	@$(@D)/bin/pip install -qq -c $< torch
	@$(@D)/bin/pip install -qq -c $< '$(PEER)'
	@touch $@

bench-programs: install ## Run the programs in benchmarks/, one after the other
	@set -e; for name in $(basename $(notdir $(wildcard benchmarks/*.py))); do echo "$$name"; $(BIN)/python -m "benchmarks.$$name"; done

accuracy: install ## Write docs/accuracy.md again: three seeds, hours; goes on where it was stopped
	@$(BIN)/python -m benchmarks.accuracy

accuracy-quick: install ## The same with one seed
	@$(BIN)/python -m benchmarks.accuracy --quick

build: $(VENV)/.core ## Build the wheel into dist/
	@$(PIP) wheel -qq --no-deps --wheel-dir dist .

clean: ## Remove what was built or cached (not .venv, not runs/)
	@rm -rf build dist *.egg-info htmlcov .coverage .coverage.*
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find forecast tests -name __pycache__ -type d -prune -exec rm -rf {} +
