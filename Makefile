# Four commands: demo, test, check, test-all. Each sets up its own virtual environment in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
PARALLEL := --numprocesses auto --dist worksteal

.PHONY: help demo test test-all check format clean

help:
	@echo "make demo      a real tournament on the embedded model, no key needed"
	@echo "make test      the test suite"
	@echo "make test-all  the test suite with the slow exhaustive proofs"
	@echo "make check     ruff, import-linter, deptry, mypy and pyright"

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 15) else "gtbench needs Python 3.11 to 3.14; name one with: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.run: $(VENV)/.python pyproject.toml constraints.txt
	$(INSTALL) --editable '.[local]'
	@touch $@

$(VENV)/.dev: $(VENV)/.python pyproject.toml constraints.txt
	$(INSTALL) --editable '.[local,render,dev]'
	@touch $(VENV)/.run $@

demo: $(VENV)/.run
	$(BIN)/gtbench demo

test: $(VENV)/.dev
	$(BIN)/python -m pytest -m 'not slow' $(PARALLEL)

test-all: $(VENV)/.dev
	$(BIN)/python -m pytest $(PARALLEL)

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/mypy
	$(BIN)/basedpyright --pythonpath $(BIN)/python

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
