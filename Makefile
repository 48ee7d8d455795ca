# `make` says what there is to do. Everything works on a machine with python3 and make; the rest is installed.
.DEFAULT_GOAL := help
.PHONY: help run setup setup-test test check lint bench faults lock clean

BOOTSTRAP := python3 selfcare/runtime/bootstrap.py
PYTHON := .venv/bin/python
CORES := $(shell n=$$(nproc 2>/dev/null || echo 2); [ $$n -lt 8 ] && echo $$n || echo 8)
# Each of these starts a whole portal.
FEW := $(shell [ $(CORES) -lt 4 ] && echo $(CORES) || echo 4)

help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | while IFS="$$(printf '\t')" read -r name what; do printf '  make %-8s %s\n' "$$name" "$$what"; done

run: export SELFCARE_DEMO ?= 1
run: ## Start the portal with demo data on http://localhost:8000/ (PORT, SIP_PORT, SELFCARE_VAR, DATABASE_URL, REDIS_URL)
	@$(BOOTSTRAP) run

setup: ## Build .venv and install what the portal needs
	@$(BOOTSTRAP) setup

setup-test:
	@$(BOOTSTRAP) test

# Everything is run, so that one call shows all that is wrong. The files of a folder follow each other, because they
# share what takes long to start. A browser test that failed beside others is run once more by itself: a browser, a
# portal and their neighbours on one machine are sometimes late. If it passes then, the output names it as unsteady.
SERIAL_CACHE := .pytest_cache/serial
# The tables are made once, by the first of the three.
KEPT := .pytest_cache/kept
test: export SELFCARE_TEST_KEPT = $(CURDIR)/$(KEPT)
test: setup-test ## Everything CI runs: checks, tests in parallel, then those that start processes, then those that measure
	@failed=; unsteady=; rm -rf $(KEPT); \
	$(MAKE) --no-print-directory lint || failed="$$failed checks"; \
	$(PYTHON) -m pytest -q -n $(CORES) --dist worksteal -m "not serial and not bench" || failed="$$failed parallel-tests"; \
	rm -rf $(SERIAL_CACHE); \
	$(PYTHON) -m pytest -q -n $(FEW) --dist loadfile --no-loadscope-reorder -m "serial and not timing and not long and not bench" \
	  -o cache_dir=$(SERIAL_CACHE) || \
	  { [ $$? -eq 1 ] && $(PYTHON) -m tests.e2e.again $(SERIAL_CACHE) && unsteady="; unsteady browser tests are named above"; } || \
	  failed="$$failed serial-tests"; \
	$(PYTHON) -m pytest -q -m "timing and not bench" || failed="$$failed timing-tests"; \
	if [ -n "$$failed" ]; then echo "make test: FAILED in:$$failed$$unsteady"; exit 1; fi; echo "make test: all passed$$unsteady"

check: setup-test lint ## Lint, types, layering, migrations, translations, deployment settings

# As deployed: https and secrets of a good length. Nothing is contacted.
DEPLOYED := SELFCARE_BASE_URL=https://portal.example SELFCARE_HOSTS=portal.example EMAIL_URL=smtp://localhost:25 \
  SELFCARE_SECRET_KEY=only-for-this-check-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGH \
  SELFCARE_VAULT_KEYS=1:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY= METRICS_TOKEN=only-for-this-check-as-well-0123 \
  CARRIER_SECRET=only-for-this-check-too-0123456789 OUTSIDE_SECRET=only-for-this-check-also-0123456789 \
  DATABASE_URL=postgresql://selfcare_app@/none DATABASE_OWNER_URL=postgresql://selfcare_owner@/none

lint:
	@failed=; \
	step() { name=$$1; shift; echo "== $$name"; "$$@" || failed="$$failed, $$name"; }; \
	step "lint" $(PYTHON) -m ruff check --quiet .; \
	step "format" $(PYTHON) -m ruff format --check --quiet .; \
	step "types" $(PYTHON) -m mypy --no-error-summary; \
	step "layers" .venv/bin/lint-imports --no-logo; \
	step "migrations" $(PYTHON) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run --skip-checks; \
	step "translations" $(PYTHON) manage.py messages --check; \
	step "deployment" env $(DEPLOYED) $(PYTHON) manage.py check --deploy --fail-level WARNING; \
	if [ -n "$$failed" ]; then echo "FAILED: $${failed#, }"; exit 1; fi

bench: setup-test ## Benchmarks side by side with their limits
	@$(PYTHON) -m pytest -q -s -m bench tests/bench

faults: export SELFCARE_SCALE = full
faults: setup-test ## Races, kills and outages at full scale (make test runs the same small)
	@$(PYTHON) -m pytest -q -s -m "(faults or long) and not bench"

# Needs uv or a pip with pip-compile's options; the locks name no registry.
lock: ## Make requirements.txt and tests/requirements.txt anew from pyproject.toml
	@lock="uv pip compile pyproject.toml --extra embedded --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-emit-index-url --no-annotate --quiet"; \
	$$lock -o requirements.txt && \
	$$lock --extra test -c requirements.txt -o tests/requirements.txt \
	  $$(sed -n 's/^\([a-z0-9-]*\)==.*/--no-emit-package \1/p' requirements.txt)

clean: ## Remove .venv and everything made from the sources; data stays in var/
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis var/static var/static.stamp var/check
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	find locale -name '*.mo' -delete 2>/dev/null || true
