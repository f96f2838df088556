# Every target does its own set-up: a virtual environment in .venv with the versions of constraints.txt.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo serve test check validate bench picture pages screens setup clean
.DEFAULT_GOAL := demo

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Myelos needs Python 3.11 or newer; set PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test,check]'
	@touch $(READY)

# The main job: the worked trial played into a record, judged beside the published one, and reported.
demo: $(READY)
	@$(BIN)/python -m examples.worked_trial --out demo

# The pages on this machine, with the worked trial in them; prints an account and a password a role.
serve: $(READY)
	@$(BIN)/python -m examples.worked_trial.serving --out demo

# All tests, the types, the style and the arrows between the rooms.
test: $(READY)
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n auto

# The fast subset, for a developer's own loop.
check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n auto -m 'not slow' --hypothesis-profile quick

# Other programs and large runs as witnesses; see validation/README.md for what they need.
validate: $(READY)
	$(BIN)/python -m validation

bench: $(READY)
	$(BIN)/python -m benchmarks

# The picture in the README, made anew from the report as it is.
picture: $(READY)
	$(BIN)/python docs/picture.py

# The pages that are generated, made anew (a test fails when one is stale).
pages: $(READY)
	$(BIN)/python docs/walk.py
	$(BIN)/python docs/tables.py
	$(BIN)/python docs/requirements.py

# Pictures of every page at the width of a phone and of a desk, in both languages, into docs/screens; and those of the
# README. They are there to be looked at.
screens: $(READY)
	$(BIN)/python -m docs.screens
	$(BIN)/python -m docs.screens --readme

clean:
	rm -rf $(VENV) demo
