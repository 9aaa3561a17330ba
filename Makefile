# Two commands matter: `make demo` and `make test`. Both set up whatever they need.
PY ?= python3.11
CITY ?= thanh-hoa
PORT ?= 8000
V := .venv
BIN := $(abspath $(V))/bin
export PATH := $(BIN):$(PATH)
export UV_SYSTEM_CERTS := 1
export OPENBLAS_NUM_THREADS := 1
INSTALL = $(BIN)/uv pip install -q --compile-bytecode --python $(BIN)/python --require-hashes -r
FALLBACK = $(BIN)/python -m pip install -q --require-hashes -r

.PHONY: demo test test-long check types lint bench clean lock web setup e2e sbom detector
.DEFAULT_GOAL := demo

demo: $(V)/.run web/dist/.built
	exec $(BIN)/ioc demo --city $(CITY) --port $(PORT) $(ARGS)

test: $(V)/.dev $(V)/.apt web/node_modules/.tools web/dist/.built
	bash tests/run.sh

test-long: $(V)/.dev $(V)/.apt web/node_modules/.tools web/dist/.built
	bash tests/run.sh long

check: $(V)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(V)/.dev web/node_modules/.tools web/dist/.built
	$(BIN)/python -m bench $(ARGS)

# The data of demonstrations (var/) stay: imported wards and keys are among them.
clean:
	rm -rf $(V) web/node_modules web/dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache ioc.egg-info

# --- what the commands stand on: one stamp a lock file, redone only when the lock changes ---

$(V)/.uv: requirements/uv.txt
	@echo "· môi trường Python / Python environment"
	@test -x $(BIN)/python || $(PY) -m venv $(V)
	@$(FALLBACK) requirements/uv.txt || echo "  uv is not to be had; pip will do"
	@touch $@

$(V)/.run: requirements/run.txt pyproject.toml $(V)/.uv
	@echo "· thư viện chạy / runtime libraries"
	@$(INSTALL) requirements/run.txt || $(FALLBACK) requirements/run.txt
	@$(BIN)/python scripts/link_project.py
	@touch $@

$(V)/.dev: requirements/dev.txt $(V)/.run
	@echo "· thư viện kiểm thử / test libraries"
	@$(INSTALL) requirements/dev.txt || $(FALLBACK) requirements/dev.txt
	@touch $@

# For those who have a model: what runs it.
detector: $(V)/.run requirements/detector.txt
	@$(INSTALL) requirements/detector.txt || $(FALLBACK) requirements/detector.txt

$(V)/.apt: scripts/install_servers.sh
	@bash scripts/install_servers.sh
	@touch $@

web/node_modules/.installed: web/package-lock.json $(V)/.run
	@echo "· thư viện giao diện / web libraries"
	@cd web && npm ci --omit=dev --loglevel=error && touch node_modules/.installed

web/dist/.built: web/node_modules/.installed $(shell find web/src web/public web/*.html web/*.ts web/*.json -type f 2>/dev/null)
	@echo "· dựng giao diện / building the screens"
	@cd web && npx tsc --noEmit && npx vite build --logLevel error && touch dist/.built

web: web/dist/.built

# Tools of the tests only; npm ci takes out what was there, so the stamp of the build is renewed too.
web/node_modules/.tools: web/package-lock.json $(V)/.run
	@echo "· công cụ kiểm thử giao diện / test tools of the screens"
	@cd web && npm ci --loglevel=error && touch node_modules/.installed node_modules/.tools

# What the product is made of, as CycloneDX, from the lock files.
sbom: $(V)/.uv
	$(BIN)/python scripts/write_sbom.py sbom.cdx.json

# The screens' types of the feed, from the server's own classes.
types: $(V)/.run web/node_modules/.tools
	$(BIN)/ioc docs schema > web/dist/feed.json
	node web/scripts/write-types.mjs < web/dist/feed.json > web/dist/types.ts && mv web/dist/types.ts web/src/feed/types.ts

lock: $(V)/.uv
	for set in uv run detector dev; do \
	  $(BIN)/uv pip compile --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q \
	    requirements/$$set.in -o requirements/$$set.txt; done
