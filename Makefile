# Two commands: `make run` starts everything on this machine, `make test` proves that it works.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.run-installed
TEST_STAMP := $(VENV)/.test-installed
# Half of the time tests wait for real servers, so twice as many workers as cores keep these busy.
TEST_WORKERS ?= $(shell echo $$((2 * $$(getconf _NPROCESSORS_ONLN))))

.PHONY: run test lint types collected bench clean lock

run: $(RUN_STAMP)
	$(BIN)/booking demo

test: $(TEST_STAMP)
	./tests/install-programs.sh
	$(MAKE) --jobs 2 --output-sync=target types lint collected
	$(BIN)/pytest -n $(TEST_WORKERS) --dist worksteal --durations 25

lint: $(TEST_STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/deptry .

types: $(TEST_STAMP)
	$(BIN)/mypy

# Compiles the tests once; else each worker does it for itself, all at the same time.
collected: $(TEST_STAMP)
	$(BIN)/pytest --collect-only -qq

bench: $(TEST_STAMP)
	$(BIN)/python bench/engine.py
	$(BIN)/python bench/slots.py
	$(BIN)/python bench/slow_clients.py
	$(BIN)/python bench/refresh.py

lock: $(TEST_STAMP)
	./locks/update.sh

$(BIN)/python:
	$(PYTHON) -m venv $(VENV) || (./tests/install-programs.sh python && $(PYTHON) -m venv $(VENV))
	$(BIN)/pip install --quiet --disable-pip-version-check --upgrade pip

# --no-deps: the lock is complete, and leaves out niquests on purpose (docs/adr/0007).
$(RUN_STAMP): $(BIN)/python locks/run.txt pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r locks/run.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(TEST_STAMP): $(BIN)/python locks/test.txt pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r locks/test.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

clean:
	rm -rf $(VENV) var dist build
