# Everything that is done with Vigie from a checkout. Needs Python 3.11 to 3.13 with venv, and make.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# The Python that .venv is made with; unset, the first fitting one of these.
PYTHON ?= $(firstword $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c '$(FITS)' 2>/dev/null && echo $$p; done) python3)
FITS = import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
INSTALLED := $(VENV)/.installed
DEVELOPS := $(VENV)/.develops

# Test processes.
WORKERS ?= auto
# The order of tests and the examples that hypothesis thinks up: the same at every run of `test`,
# so that what fails is the change's doing; drawn anew by `search`.
DRAWN := --randomly-seed=3 --hypothesis-profile=repeatable
# More arguments for demo, run, test, search, soak, bench and evaluate.
ARGS ?=
# What evaluate simulates: one world for each seed, of this size.
SEEDS ?= 2001 2002 2003
WORLD ?= --preset month

.PHONY: help
help: ## what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: install
install: $(INSTALLED) ## set up .venv; afterwards .venv/bin/vigie is there

.PHONY: demo
demo: $(INSTALLED) ## simulated sign-ins, judged, on a page to open
	$(BIN)/vigie demo $(ARGS)

.PHONY: run
run: $(INSTALLED) ## read the logs of vigie.toml and serve the console
	$(BIN)/vigie run $(ARGS)

.PHONY: test
test: $(DEVELOPS) ## every test but the long ones
	$(BIN)/python -m pytest -m "not soak" -n $(WORKERS) $(DRAWN) $(ARGS)

.PHONY: search
search: DRAWN :=
search: test ## the same tests, in an order and on examples that no run had before

.PHONY: soak
soak: $(DEVELOPS) ## the long tests
	$(BIN)/python -m pytest -m soak --timeout 7200 $(ARGS)

.PHONY: check
check: $(DEVELOPS) ## style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: bench
bench: $(DEVELOPS) ## the whole chain against the floor
	$(BIN)/python -m benchmarks.compare $(ARGS)

EVALUATED := var/evaluation
WORLDS := $(SEEDS:%=$(EVALUATED)/%.ndjson)

.PHONY: evaluate
evaluate: $(INSTALLED) ## how much it finds in worlds it never saw, into docs/accuracy.md
	@mkdir -p $(EVALUATED)
	@for seed in $(SEEDS); do \
		$(BIN)/vigie simulate $(WORLD) --seed $$seed --out $(EVALUATED)/$$seed.ndjson \
			--start 2026-01-05 --labels $(EVALUATED)/$$seed || exit 1; \
	done
	$(BIN)/vigie evaluate $(WORLDS) $(SEEDS:%=--labels $(EVALUATED)/%) --ablation \
		--html $(EVALUATED)/report.html --json $(EVALUATED)/report.json \
		--markdown docs/accuracy.md --cases $(EVALUATED)/cases.ndjson \
		--made-by "make evaluate SEEDS='$(SEEDS)' WORLD='$(WORLD)'" $(ARGS)

# The only target that needs uv, and fetches it. The machine's own index and wheel folders must
# not show in the locks, hence --no-config and the two --no-emit.
LOCK := $(BIN)/uv --no-config pip compile pyproject.toml --quiet --upgrade --universal \
	--python-version 3.11 --fork-strategy fewest --generate-hashes --no-header \
	--no-emit-index-url --no-emit-find-links --extra build

.PHONY: lock
lock: $(INSTALLED) ## newest fitting versions into the locks, with their hashes
	$(PIP) install "uv>=0.9"
	rm -f requirements.lock requirements-dev.lock
	$(LOCK) --output-file requirements.lock
	$(LOCK) --extra dev --constraint requirements.lock --output-file requirements-dev.lock

$(BIN)/python:
	@$(PYTHON) -c '$(FITS)' 2>/dev/null || { \
		echo "Vigie needs Python 3.11, 3.12 or 3.13; '$(PYTHON)' is" \
		"$$($(PYTHON) -V 2>/dev/null || echo not there). Name one: make PYTHON=/path/to/python3.12" >&2; \
		exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "'$(PYTHON)' comes without venv; on Debian and Ubuntu: apt install python3-venv" >&2; \
		exit 1; }
	$(PYTHON) -m venv $(VENV)

# As constraints too: pip 23 else takes what one package wants with an extra (`pydantic[email]`) for
# something that no line of the lock pins.
$(INSTALLED): requirements.lock pyproject.toml | $(BIN)/python
	@$(PIP) --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip
	$(PIP) install --require-hashes --constraint requirements.lock -r requirements.lock
	$(PIP) install --no-index --no-deps --no-build-isolation --editable .
	@touch $@

$(DEVELOPS): requirements-dev.lock $(INSTALLED)
	$(PIP) install --require-hashes --constraint requirements-dev.lock -r requirements-dev.lock
	@touch $@
