# xietiao: `make` lists what there is. Nothing is assumed but python3 (3.11 or newer) and make.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
UV := .venv/bin/uv
RUN := .venv/bin
COMPOSE = $$(if docker compose version >/dev/null 2>&1; then echo docker compose; else echo docker-compose; fi)
STAMP := .venv/.made
MEMBERS := shared services/registry services/tasks services/meetings services/scoring deploy/local
CODE := shared services deploy tests

.PHONY: help env up down secrets images compose-up compose-down test test-fast test-containers bench lint types format docs lock lock-check upgrade install-service clean

help: ## list the targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | while IFS=$$'\t' read -r name text; do printf '  make %-16s %s\n' "$$name" "$$text"; done

env: $(STAMP) ## create or refresh .venv from the locks

$(STAMP): requirements/uv.txt requirements/dev.txt $(MEMBERS:%=%/pyproject.toml)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "xietiao needs Python 3.11 or newer; say which with: make env PYTHON=/path/to/python3" >&2; exit 1; }
	if [ ! -x .venv/bin/python ]; then echo "environment: creating .venv"; $(PYTHON) -m venv .venv; fi
	echo "environment: installing what requirements/dev.txt pins"
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	$(UV) pip sync --quiet --compile-bytecode --require-hashes --python .venv requirements/dev.txt
	$(UV) pip install --quiet --no-deps --no-build-isolation --python .venv $(MEMBERS:%=-e ./%)
	touch $@
	echo "environment: ready (.venv)"

up: env ## start Kafka, PostgreSQL and the four services; Ctrl-C stops them
	@exec $(RUN)/xietiao up

down: env ## stop a stack that runs in the background
	@exec $(RUN)/xietiao down

secrets: env ## make what is missing of the secrets that docker-compose.yml mounts (.secrets)
	@exec $(RUN)/python -m deploy.images.make_secrets

images: ## build every image of docker-compose.yml
	@$(COMPOSE) build

compose-up: secrets images ## start everything in containers, in the background
	@$(COMPOSE) up --detach

compose-down: ## stop the containers; the data stay in their volumes
	@$(COMPOSE) down

test: env ## run every test but those in containers, on a real Kafka and PostgreSQL
	@$(RUN)/pytest --numprocesses $${WORKERS:-2} --dist loadfile -m "not containers and not chaos"
	exec $(RUN)/pytest -m "chaos and not containers"

test-chaos: env ## kill and break everything, the long form: make test-chaos KILLS=100 AWAY=60
	@XIETIAO_CHAOS_KILLS=$${KILLS:-100} XIETIAO_CHAOS_AWAY=$${AWAY:-60} exec $(RUN)/pytest -m chaos tests/chaos

test-fast: env ## run the tests that need no server
	@exec $(RUN)/pytest -m "not servers and not containers"

test-containers: env ## run the tests that need a container engine: official images, docker-compose.yml
	@exec $(RUN)/pytest tests/containers

bench: env ## measure everything (half an hour and more, on a quiet machine)
	@for part in stream latency outbox api explain task_lists; do $(RUN)/python -m tests.benchmarks.$$part; done

lint: env lock-check ## check style, imports and locks
	@$(RUN)/ruff check .
	$(RUN)/ruff format --check .
	$(RUN)/lint-imports

types: env ## check types, strictly
	@$(RUN)/mypy $(CODE)

format: env ## format the code and mend what can be mended
	@$(RUN)/ruff format .
	$(RUN)/ruff check --fix .

docs: env ## write the documents that are generated from the code
	@$(RUN)/python -m shared.contracts.catalogue_page
	$(RUN)/python -m shared.settings_page
	$(RUN)/python -m services.tasks.states_page

lock: env ## write the locks after a change of dependencies
	@requirements/lock

lock-check: env
	@requirements/lock --check

upgrade: env ## move the locks to the newest versions allowed
	@requirements/lock --upgrade

install-service: env ## install one service alone: make install-service SERVICE=tasks DEST=/opt/tasks
	@: "$${SERVICE:?which service? SERVICE=registry, tasks, meetings or scoring}" "$${DEST:?where to? DEST=a folder for its environment}"
	wheels=$$(mktemp -d); trap 'rm -rf "$$wheels"' EXIT
	for member in shared "services/$$SERVICE"; do $(UV) build --quiet --wheel --no-build-isolation --python .venv --out-dir "$$wheels" "./$$member"; done
	$(UV) venv --quiet --allow-existing "$$DEST"
	$(UV) pip sync --quiet --compile-bytecode --require-hashes --python "$$DEST" "requirements/$$SERVICE.txt"
	$(UV) pip install --quiet --no-deps --reinstall --python "$$DEST" "$$wheels"/*.whl
	echo "installed: $$DEST/bin/python -m services.$$SERVICE"

clean: ## remove .venv and caches (a stack's data, .xietiao, stays)
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
