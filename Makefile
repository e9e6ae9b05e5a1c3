PYTHON ?= python3
BIN = .venv/bin
# Three for two cores: tests of a cluster wait most of their time.
WORKERS ?= 3
SECONDS ?= 600
OPTIONS ?=

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 12

run: .venv/ready ## a server on port 10101 and a client in this terminal
	@$(BIN)/python -m chat

test: style types tests ## everything: format, lint, types, tests

style: .venv/ready ## format check and lint
	@$(BIN)/ruff format --check chat tests
	@$(BIN)/ruff check chat tests

types: .venv/ready ## mypy --strict
	@$(BIN)/mypy

tests: .venv/ready ## the suite
	@$(BIN)/python -m pytest -q -n $(WORKERS)

coverage: .venv/ready ## branch coverage of the sans-I/O files, which must be whole
	@$(BIN)/coverage run -m pytest -q -k "not every_character" tests/test_framing.py tests/test_names.py tests/test_text.py tests/test_messages.py tests/test_protocol.py
	@$(BIN)/coverage report --fail-under=100 --include='chat/framing.py,chat/names.py,chat/text.py,chat/messages.py,chat/bounds.py,chat/events.py,chat/requests.py,chat/protocol.py'

bench: .venv/ready ## this server beside the peers that are here, turn by turn (OPTIONS="--help")
	@$(BIN)/python -m tests.bench $(OPTIONS)

curves: .venv/ready ## what it costs as rooms, members, connections, the history grow (15 minutes at most)
	@$(BIN)/python -m tests.bench.curves $(OPTIONS)

bench-cluster: .venv/ready ## one room on its own history, then on three nats-servers with one, two, three nodes
	@$(BIN)/python -m tests.cluster.bench

paint: .venv/ready ## from the start of a client to its newest message, with 1,000,000 kept (minutes)
	@$(BIN)/python -m tests.client.first_paint

latency: .venv/ready ## from a key to the screen, in silence and among 1,000 messages a second
	@$(BIN)/python -m tests.tui.latency

day: .venv/ready ## memory and stalls of a client while 100,000 messages come
	@$(BIN)/python -m tests.client.day 100000 100

torture: .venv/ready ## every fault and its one outcome, with 200 kills (half an hour; some need root)
	@$(BIN)/python -m tests.torture

torture-cluster: .venv/ready ## every fault of a cluster, with 20 kills of its leader (a quarter of an hour)
	@$(BIN)/python -m tests.torture --cluster

fuzz: .venv/ready ## every parser against ten minutes of bytes that coverage leads to (SECONDS=600; Linux)
	@$(BIN)/pip install --quiet atheris==3.0.0
	@$(BIN)/python -m tests.fuzz $(SECONDS)

fix: .venv/ready ## format, and mend what the linter can
	@$(BIN)/ruff format chat tests
	@$(BIN)/ruff check --fix chat tests

lock: ## pin what pyproject.toml asks for, with hashes
	@test -d .venv || $(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet uv
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --all-extras --generate-hashes --no-header --no-annotate --output-file tests/requirements.txt pyproject.toml

clean: ## remove what the targets made
	@rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage

.venv/ready: pyproject.toml tests/requirements.txt
	@echo 'Setting up .venv (once, about a minute)...'
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "chat needs Python 3.11 or newer; try make PYTHON=python3.11")'
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r tests/requirements.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch .venv/ready

.PHONY: help run test style types tests coverage bench curves bench-cluster paint latency day torture torture-cluster fuzz fix lock clean
