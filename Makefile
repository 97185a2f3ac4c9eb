# A Makefile that introduces itself: `make` prints every target from the comment behind it.
# Nothing is needed but make and a Python of 3.11 or newer; everything else lands in .venv, at locked versions.

CANDIDATES := python3 python3.13 python3.12 python3.11 python3.14
NEW_ENOUGH := -c 'import sys; sys.exit(sys.version_info < (3, 11))'
PYTHON ?= $(shell for each in $(CANDIDATES); do $$each $(NEW_ENOUGH) 2>/dev/null && echo $$each && break; done)

VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/made-from-$(shell cat requirements.lock pyproject.toml | cksum | cut -d' ' -f1)
PIP := $(BIN)/python -m pip --disable-pip-version-check
TESTS := $(BIN)/python -m pytest
IN_PARALLEL := -n 2 --dist loadgroup

.DEFAULT_GOAL := help
.PHONY: help setup demo test check format lint types floors generated bench accept reference faults pythons lock clean

help: ## print these lines
	@awk 'BEGIN { FS = ":.*## " } /^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMP) ## make .venv from the locked versions; nothing happens where it stands

$(STAMP):
	@test -n "$(PYTHON)" || { echo "No Python of 3.11 or newer was found (tried: $(CANDIDATES))." \
		"Install one, or name it: make PYTHON=/path/to/python" >&2; exit 1; }
	@$(PYTHON) $(NEW_ENOUGH) || { echo "$$($(PYTHON) --version) is too old: 3.11 or newer is needed." \
		"Name another one: make PYTHON=/path/to/python" >&2; exit 1; }
	@echo "Setting up $(VENV) with $$($(PYTHON) --version) (once; a minute or so) …"
	@$(PYTHON) -m venv $(VENV) || { echo "This Python cannot make a virtual environment;" \
		"on Debian: apt install python3-venv" >&2; exit 1; }
	@$(PIP) install -qq --requirement requirements.lock
	@$(PIP) install -qq --no-build-isolation --no-deps --editable .
	@rm -f $(VENV)/made-from-*
	@touch $@

demo: setup ## run the example shop: an order, its background work, the rows, the timeline of the payment
	@for each in "run order_story" "tables show orders --limit 3" "executions trace charge_card"; do \
		echo "$$ interpreter $$each --workspace stacks"; \
		$(BIN)/interpreter $$each --workspace stacks || exit; echo; \
	done

test: setup ## run all tests
	@$(TESTS) $(IN_PARALLEL)

check: setup format lint types floors generated test ## everything that must hold before a commit: format to tests

format: setup
	@$(BIN)/ruff format --check --quiet . || { echo "Run: $(BIN)/ruff format ." >&2; exit 1; }

lint: setup
	@$(BIN)/ruff check --quiet .

types: setup
	@$(BIN)/mypy --no-error-summary

floors: setup
	@$(BIN)/lint-imports --no-logo

generated: setup
	@$(BIN)/python -m tests.house.reference --verify

bench: setup ## measure against Python by hand, Jinja2 and raw Celery
	@$(BIN)/python -m bench

accept: setup ## write what the golden cases give now; review the diff like code
	@$(BIN)/python -m tests.cases.accept

reference: setup ## write the generated parts of the manual
	@$(BIN)/python -m tests.house.reference

faults: setup ## kill real workers and buses, and see that nothing is lost
	@LONG_FAULTS=1 $(TESTS) tests/faults

pythons: ## run all tests on each of Python 3.11, 3.12 and 3.13 that is present
	@for each in 3.11 3.12 3.13; do \
		if command -v python$$each >/dev/null && python$$each $(NEW_ENOUGH); then \
			echo "--- Python $$each"; $(MAKE) --no-print-directory test PYTHON=python$$each VENV=.venv-$$each || exit 1; \
		else echo "--- Python $$each is not here"; fi; \
	done

lock: ## find the newest versions that pyproject.toml allows and write them down
	@rm -rf build/lock && $(PYTHON) -m venv build/lock
	@build/lock/bin/python -m pip install -qq --upgrade pip
	@build/lock/bin/python -m pip install -qq hatchling editables --group dev --editable '.[postgresql,otel]'
	@{ echo "# Exact versions of everything that runs and checks this project; written by make lock."; \
		build/lock/bin/python -m pip freeze --exclude-editable --exclude pip \
		| sed "s/^valkey\(lite\)\{0,1\}==.*/&; platform_system == 'Linux' or platform_system == 'Darwin'/"; \
		echo "async-timeout==5.0.1; python_full_version < '3.11.3'"; } > requirements.lock
	@rm -rf build/lock

clean: ## remove what was made: environments, caches, state
	@rm -rf .venv .venv-3.* build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -prune -exec rm -rf {} + ; find . -name .interpreter -prune -exec rm -rf {} +
