# hubmend: the commands a contributor needs. `make` alone lists them.
#
# Needs only make, git and Python 3.11 or newer with its venv module. Everything else goes into
# .venv from the locked, hashed files in requirements/. Each set-up step leaves a stamp inside
# .venv, so it runs again only when its lock file changed or .venv was removed.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
BIN := .venv/bin
STAMPS := .venv/stamps

INSTALL = scripts/install.sh
EDITABLE = $(INSTALL) --no-deps --no-build-isolation --editable .
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --fork-strategy fewest --custom-compile-command "make lock"

# Never read the developer's own AWS account by accident.
export AWS_EC2_METADATA_DISABLED := true

.PHONY: help demo test soak lint format docs reference bench bench-million bench-fleet bench-plot lock audit clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

demo: $(STAMPS)/demo ## the whole journey on an embedded AWS (installs only what that needs)
	@$(BIN)/hubmend demo

test: lint docs ## everything: lint, types, layers, docs, then the tests with their coverage gate
	@$(BIN)/python -m pytest -n auto --dist loadfile --hypothesis-profile=ci --cov --cov-report=term:skip-covered

soak: $(STAMPS)/dev ## 5,000 seeded faults and every kill; stopped, it goes on; writes the tables of docs/safety.md
	@$(BIN)/python -m tests.faults.soak

lint: $(STAMPS)/dev ## style, format, types, layers, dependencies
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/deptry src

format: $(STAMPS)/dev ## let ruff lay out and repair the code
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

docs: $(STAMPS)/dev ## build docs/_build/html; a warning is an error
	@$(BIN)/python -m sphinx -W --keep-going --quiet --builder html docs docs/_build/html
	@echo "documentation: docs/_build/html/index.html"

reference: $(STAMPS)/dev ## write docs/reference again from the code
	@$(BIN)/python -m docs.generate

CORPUS ?= ../shared/corpus
RESULTS := .venv/bench
bench: $(STAMPS)/peers ## hubmend beside Prowler, Cloud Custodian, boto3, AWS CLI, Checkov and cfn-lint: an hour
	@mkdir -p $(RESULTS) && rm -f $(RESULTS)/scans.json
	@$(BIN)/python bench/startup.py
	@$(BIN)/python -m bench.first_row
	@$(BIN)/python -m bench.scan --json $(RESULTS)/scans.json
	@if [ -d "$(CORPUS)" ]; then $(BIN)/python -m bench.check "$(CORPUS)"; \
		else echo "no corpus at $(CORPUS): give CORPUS=FOLDER to measure check"; fi

bench-million: $(STAMPS)/dev ## one scan of a million machines over 3,000 targets: its time and memory
	@mkdir -p $(RESULTS)
	@$(BIN)/python -m bench.million --output $(RESULTS)/million.json

bench-fleet: $(STAMPS)/dev ## walk 300 machines from scan to rollback under AWS's quotas
	@$(BIN)/python -m bench.fleet

bench-plot: $(STAMPS)/peers ## draw docs/images from what bench and bench-million measured
	@.venv/peers/plot/bin/python bench/plot.py $(RESULTS)/scans.json $(RESULTS)/million.json docs/images

lock: $(STAMPS)/venv ## resolve requirements/*.txt again (UPGRADE=--upgrade for the newest)
	@$(COMPILE) $(UPGRADE) requirements/uv.in --output-file requirements/uv.txt
	@$(COMPILE) $(UPGRADE) requirements/build.in --output-file requirements/build.txt
	@$(COMPILE) $(UPGRADE) pyproject.toml --extra sandbox --output-file requirements/sandbox.txt
	@$(COMPILE) $(UPGRADE) pyproject.toml --constraint requirements/sandbox.txt \
		--output-file requirements/run.txt
	@$(COMPILE) $(UPGRADE) pyproject.toml requirements/dev.in --extra sandbox --extra postgres \
		--constraint requirements/sandbox.txt --constraint requirements/build.txt \
		--output-file requirements/dev.txt

audit: $(STAMPS)/dev ## ask the advisory database about the locked versions (needs the network)
	@$(BIN)/pip-audit --require-hashes --disable-pip --requirement requirements/dev.txt

clean: ## remove the environment, caches and built pages
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache \
		.coverage .coverage.* htmlcov dist build docs/_build
	@find src tests bench docs -name __pycache__ -type d -prune -exec rm -rf {} +

# --- set-up -----------------------------------------------------------------------------------

$(STAMPS)/venv: requirements/uv.txt
	@echo "set-up: Python environment in .venv"
	@scripts/venv.sh "$(PYTHON)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		--requirement requirements/uv.txt || echo "set-up: no uv for this platform; pip is slower but does"
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/demo: $(STAMPS)/venv requirements/sandbox.txt requirements/build.txt pyproject.toml
	@echo "set-up: hubmend and its sandbox"
	@$(INSTALL) --require-hashes --requirement requirements/sandbox.txt --requirement requirements/build.txt
	@$(EDITABLE)
	@touch $@

$(STAMPS)/dev: $(STAMPS)/venv requirements/dev.txt requirements/build.txt pyproject.toml
	@echo "set-up: hubmend with what tests, lint and docs need"
	@$(INSTALL) --require-hashes --requirement requirements/dev.txt --requirement requirements/build.txt
	@$(EDITABLE)
	@touch $@

# Each in an environment of its own: their dependencies would not agree with ours.
$(STAMPS)/peers: $(STAMPS)/dev bench/peers.txt
	@while read -r name package; do \
		echo "set-up: $$package, to be measured beside"; \
		$(PYTHON) -m venv .venv/peers/$$name; \
		.venv/peers/$$name/bin/pip install --quiet --disable-pip-version-check $$package < /dev/null; \
	done < bench/peers.txt
	@touch $@
