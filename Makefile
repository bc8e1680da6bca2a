# What one does with a checkout. Each target does its own set-up, and does it once.
SHELL := bash
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/uv pip install --require-hashes --python $(BIN)/python -r
LOCK := $(BIN)/uv pip compile --python-version 3.11 --python-platform x86_64-manylinux_2_28 --generate-hashes

.PHONY: help run test nightly lint lock clean

help: ## Show this list
	@sed -nE 's/^([a-z]+):.*## (.*)/make \1\t\2/p' Makefile

run: $(VENV)/.run ## Serve http://127.0.0.1:8000 (or as HOST and PORT say)
	@$(BIN)/python -m app models pull --within 1
	@exec $(BIN)/python -m app serve

test: $(VENV)/.dev ## Run every test, with a process for each core (make test ARGS="-n 0 -k ssim" for some, in one)
	@$(BIN)/playwright --version >/dev/null 2>&1 || scripts/apt-install libatomic1 # which its Node.js needs
	@for tool in curl jq; do command -v $$tool >/dev/null || scripts/apt-install $$tool || exit; done # for the examples in docs/
	@browser=$$(scripts/find-browser) && BROWSER_PATH=$$browser exec $(BIN)/pytest -n logical --maxprocesses 4 $(ARGS)

nightly: $(VENV)/.dev ## Try for long what tests/faults tries for seconds: damage, kills and load
	MUTATIONS=10000 FAULT_ROUNDS=100 LOAD_SECONDS=60 $(BIN)/pytest tests/faults $(ARGS)

lint: $(VENV)/.dev ## Check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

lock: $(VENV)/.dev ## Resolve requirements*.in to pinned requirements*.txt
	$(LOCK) requirements.in -o requirements.txt --custom-compile-command "make lock"
	$(LOCK) requirements-dev.in -o requirements-dev.txt --custom-compile-command "make lock"

clean: ## Remove the environment and the caches, never the data in var/
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache

# The stamps remember which requirements are installed: only a changed file costs time.
$(VENV)/.run: requirements.txt | $(BIN)/uv
	$(INSTALL) $<
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.run
	$(INSTALL) $<
	@touch $@

$(BIN)/uv: # it installs in a fifth of pip's time
	@scripts/create-venv $(VENV)
