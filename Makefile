# Two commands do everything: `make demo` searches, `make test` tests. Both set up .venv from requirements.lock first.
PYTHON ?= python3
UV_VERSION := 0.13.8
BIN := .venv/bin
READY := .venv/ready

.PHONY: help setup demo test lint types unit docs lock audit secrets clean
.DEFAULT_GOAL := help

help: ## List what there is to make
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' Makefile | expand -t 10

setup: $(READY) ## Set up .venv

demo: $(READY) ## Search: 30 trials of a network on scikit-learn's digits
	$(BIN)/hpsearch run examples/digits.yaml

test: lint types unit ## Run every check and every test, as CI does

lint: $(READY) ## Format, style, layers, dependencies
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/lint-imports
	$(BIN)/deptry .

types: $(READY) ## Types
	$(BIN)/mypy
	$(BIN)/node node_modules/typescript/bin/tsc

unit: $(READY) ## Tests, on SQLite and PostgreSQL
	$(BIN)/pytest -n 3 --dist worksteal

docs: $(READY) ## Write the generated pages of docs/ anew
	$(BIN)/python docs/generate.py
	$(BIN)/python -m hpsearch_api.openapi > docs/openapi.json

lock: $(READY) ## Resolve requirements.lock anew
	$(BIN)/uv pip compile --universal --python-version 3.11 --extra all --group dev --no-emit-index-url \
		--generate-hashes --upgrade pyproject.toml -o requirements.lock
	$(BIN)/npm update --silent --package-lock-only

audit: $(READY) ## Look for known holes in what requirements.lock pins; needs the public index
	$(BIN)/uv tool run pip-audit@2.10.1 --requirement requirements.lock --require-hashes --disable-pip --progress-spinner off

secrets: .env ## Write .env with random secrets for docker-compose.yml

.env:
	@umask 077 && $(PYTHON) -c 'from secrets import token_urlsafe as new; \
		print(f"POSTGRES_PASSWORD={new()}\nHPSEARCH_ADMIN_TOKEN={new()}")' > $@

clean: ## Remove what was set up and cached
	rm -rf .venv node_modules api/hpsearch_api/static/vendor .mypy_cache .ruff_cache .hypothesis .import_linter_cache build dist

# uv installs the locked packages in seconds where pip takes most of a minute. Their bytecode is written now, by all cores: otherwise
# the first process does it, or, where PYTHONDONTWRITEBYTECODE is set, each: importing JAX takes three times as long.
$(READY): requirements.lock pyproject.toml package-lock.json api/vendor.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "hpsearch needs Python 3.11 or newer; name one: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || \
		{ echo "$(PYTHON) cannot make environments; Debian has that in the package python3-venv"; exit 1; }
	$(PYTHON) -m venv --clear .venv
	$(BIN)/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	$(BIN)/npm ci --silent
	$(BIN)/python api/vendor.py
	@touch $@
