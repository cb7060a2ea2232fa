# stampd: what people type. Every target sets up what it needs first; set-up is quick when nothing changed.

PYTHON ?= python3
PORT ?= 8787
TESTS ?= tests
PYTEST_OPTIONS ?=
JOBS ?= 1
PROCESSES ?= $(if $(filter tests,$(TESTS)),2,0)
ONLY ?=

BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: setup setup-run run test bench lint docs tears fuzz differential mutation clean help

setup:  ## make .venv with everything the shop and its tests need (no root)
	@$(PYTHON) scripts/setup.py dev

setup-run:  # only what the shop needs
	@$(PYTHON) scripts/setup.py run

run: setup-run  ## start the demo shop: software reader and cards, till at http://127.0.0.1:8787
	@$(BIN)/stampd demo --port $(PORT)

test: setup  ## run the tests, in two processes; one part, in one: make test TESTS=tests/store
	@$(BIN)/python -m pytest -n $(PROCESSES) $(PYTEST_OPTIONS) $(TESTS)

tears: setup  ## cut every exchange of every flow in every mode on both stacks (long)
	@$(BIN)/python -m pytest --tears=all --timeout=0 $(PYTEST_OPTIONS) $(TESTS)

fuzz: setup  ## many more random inputs in every property test (long)
	@STAMPD_HYPOTHESIS=fuzz $(BIN)/python -m pytest -m property --timeout=0 $(PYTEST_OPTIONS) $(TESTS)

differential: setup  ## random packs, cards and events on CPython and MicroPython: the same bytes (long)
	@STAMPD_DIFFERENTIAL=100000 $(BIN)/python -m pytest --timeout=0 $(PYTEST_OPTIONS) tests/offers/test_differential.py

mutation: setup  ## change the evaluator in every way, one at a time: the tests must notice (long)
	@$(BIN)/python -c "import cosmic_ray" 2>/dev/null || $(BIN)/python -m pip install --quiet "cosmic-ray>=8.4,<9"
	@$(BIN)/python -m tests.mutation --jobs $(JOBS) $(ONLY)

bench: setup  ## measure, and write the committed table again
	@$(BIN)/python -m tests.benchmarks

lint: setup  ## ruff, mypy over the host side, and the firmware against both ports' types
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -q --no-header tests/house_rules/test_board_types.py

docs: setup  ## write the generated parts of docs/ again
	@$(BIN)/python scripts/docs.py

clean:  ## remove .venv and everything that was generated beside the sources
	@rm -rf .venv .venv.lock .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage build dist *.egg-info
	@rm -rf tests/portable/wasm/node_modules
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))
