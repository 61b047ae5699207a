# Pagewright. `make help` lists the targets.
PYTHON ?= python3
PORT ?= 8787
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
MODULES := node_modules/.ready
CLIENT := generated/segmind/python
PYRIGHT := node_modules/.bin/pyright
NPM_LOG := $(VENV)/npm.log
NO_PYRIGHT = pyright: npm ci failed: $$(grep -m1 -E 'error|ERR!|not found' $(NPM_LOG)) (all of it: $(NPM_LOG))

.DEFAULT_GOAL := generate
.PHONY: generate test check lint types unit mock demo bench bench-setup mutation witness hostile drift soak dist lock clean help

generate: $(READY) ## set up .venv if needed, regenerate everything, say what to try next
	@$(BIN)/pagewright generate
	@printf '\nTry next:\n  make demo    draw an image with each model, on the mock\n  make mock    run the mock server\n  make test    run every check\n'

test: check lint types unit ## every check
	@test -x $(PYRIGHT) || echo "1 skipped, missing: $(NO_PYRIGHT)"

check: $(READY) ## is generated/ exactly what specs/ and templates/ give?
	@$(BIN)/pagewright generate --check

lint: $(READY) ## specs, style and format
	@$(BIN)/pagewright lint
	@$(BIN)/ruff check --quiet .
	@$(BIN)/black --quiet --check --diff generator tests templates generated scripts bench

types: $(READY) $(MODULES) ## mypy and pyright, both strict
	@$(BIN)/mypy
	@if test -x $(PYRIGHT); then $(PYRIGHT); else echo "skipped, missing: $(NO_PYRIGHT)"; fi

unit: $(READY) $(MODULES) ## unit tests, contract and samples
	@$(BIN)/python -m pytest -n auto

mock: $(READY) ## run the mock server on PORT
	@$(BIN)/segmind-mock --port $(PORT)

demo: $(READY) ## one image per model, drawn by client and command line on the mock
	@$(BIN)/python scripts/demo.py

bench: $(READY) ## measure the budgets, beside the peers that bench-setup installed
	@$(BIN)/python -m bench

mutation: $(READY) ## wrong specs and wrong mocks: how many does the contract suite notice?
	@$(BIN)/python -m tests.contract.mutation --write docs/mutation.md

witness: $(READY) ## 100,000 bodies per model (5,000 per invented one) to all witnesses, and the peers of bench-setup (about 25 minutes)
	@$(BIN)/python -m scripts.witness --write

hostile: $(READY) ## 10,000 catalogues of hostile texts (about 40 minutes)
	@$(BIN)/python -m scripts.hostile

drift: $(READY) ## page, official SDK and mock against each other, offline
	@$(BIN)/python -m scripts.drift --write

soak: $(READY) ## does the mock grow, over a million polls and 100,000 jobs of every medium?
	@$(BIN)/python -m bench.soak

bench-setup: ## install those peers, in environments of their own
	@$(PYTHON) -m venv bench/.venv
	@bench/.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r bench/requirements.txt
	@cd bench && npm ci --silent --no-audit --no-fund

dist: $(READY) ## wheels and source distributions of pagewright and segmind-client, in dist/
	@rm -rf dist
	@for project in . $(CLIENT); do (cd $$project && $(abspath $(BIN))/python -m hatchling build -d $(abspath dist)) || exit 1; done

lock: $(READY) ## resolve the dependencies again
	@$(BIN)/python scripts/lock.py

clean: ## remove the environments, and what demo and dist made
	rm -rf $(VENV) node_modules demo dist bench/.venv bench/node_modules

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): requirements.lock pyproject.toml $(wildcard $(CLIENT)/pyproject.toml)
	@echo "Setting up the environment in $(VENV), once …"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python scripts/install.py requirements.lock
	@echo "Installing Pagewright from this folder …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@test -f $(CLIENT)/pyproject.toml || $(BIN)/pagewright generate --quiet
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e '$(CLIENT)[mock,media,pydantic,redis,rules]'
	@touch $@

# Only checks need these: where npm or its registry is missing, they are skipped, with the reason. CI needs them all.
$(MODULES): package.json package-lock.json $(READY)
	@echo "Installing what the checks need from npm into node_modules, once …"
	@test -w "$$HOME" || export npm_config_cache="$(CURDIR)/$(VENV)/npm"; \
	if npm ci --no-audit --no-fund --fetch-retries=1 --fetch-retry-mintimeout=1000 >$(NPM_LOG) 2>&1; then touch $@; \
	else rm -rf node_modules; if test "$$CI" = true; then cat $(NPM_LOG); exit 1; fi; fi
