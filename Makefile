# Two commands on a fresh machine with Python >= 3.11 and make: `make demo` and `make test`.
# Everything is installed into this folder; the first start also fetches the Temporal server into your cache.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help environment demo test test-brokers check format lint types imports spelling audit quick

UV_VERSION := 0.13.8
UV ?= $(or $(shell command -v uv 2>/dev/null),.uv/bin/uv)
PYTHON ?= $(firstword $(foreach name,python3 python3.13 python3.12 python3.11 python,$(shell \
	$(name) -c 'import sys; sys.version_info >= (3, 11) and print("$(name)")' 2>/dev/null)))
RUN := .venv/bin
CODE := domain workflows activities adapters api ops worker.py tests $(wildcard benchmarks)
PROSE := $(wildcard README.md CHANGELOG.md docs)
step = @printf '\n== %s: %s\n' '$(1)' '$(2)'

help:
	@echo 'make demo         start everything, drive the scenarios, stay up until Ctrl-C'
	@echo 'make demo ONCE=1  the same, but end after the scenarios; fails if one went wrong'
	@echo 'make test         the whole suite, on real servers'
	@echo 'make test-brokers all about brokers, on real Kafka and RabbitMQ as well (Java, Maven, Debian)'
	@echo 'make check        all gates: format, lint, types, imports, spelling, advisories, quick tests'

demo: environment
	$(call step,demo,servers$(comma) processes and scenarios)
	@$(RUN)/orderkeep demo $(if $(filter-out 0,$(ONCE)),--once)

test: environment
	$(call step,test,the whole suite on embedded servers)
	@$(RUN)/python -m pytest tests

# What `make test` leaves out, since it needs more than Python: found on the machine or fetched once, see docs/brokers.md.
test-brokers: environment
	$(call step,test-brokers,messages over memory$(comma) Valkey$(comma) Kafka and RabbitMQ)
	@$(RUN)/python -m ops.servers.provision
	@$(RUN)/python -m pytest tests/contract/brokers tests/integration/messaging -m 'brokers or not brokers'

check: format lint types imports spelling audit quick
	@printf '\nAll gates passed.\n'

format: environment
	$(call step,format,is everything laid out by ruff)
	@$(RUN)/ruff format --check $(CODE)

lint: environment
	$(call step,lint,ruff with nearly all rules)
	@$(RUN)/ruff check $(CODE)

types: environment
	$(call step,types,mypy in strict mode)
	@$(RUN)/mypy $(CODE)

imports: environment
	$(call step,imports,who may import whom)
	@$(RUN)/lint-imports

spelling: environment
	$(call step,spelling,common misspellings)
	@$(RUN)/codespell $(CODE) $(PROSE)

audit: environment
	$(call step,audit,known vulnerabilities of what is installed)
	@$(RUN)/python .ci/audit

quick: environment
	$(call step,quick,unit and architecture tests)
	@$(RUN)/python -m pytest tests/unit tests/architecture

environment: | $(UV)
	$(call step,environment,the locked packages in .venv)
	@$(UV) sync --locked --quiet

# Only when uv is not on the PATH: a small environment of its own, in this folder.
.uv/bin/uv:
	$(call step,uv,version $(UV_VERSION) into .uv)
	@if [ -z '$(PYTHON)' ]; then echo 'Python 3.11 or newer is needed and was not found on the PATH.' >&2; exit 1; fi
	@$(PYTHON) -m venv .uv || { rm -rf .uv; \
		echo 'Python cannot make environments here. Install its venv module (Debian: python3-venv), or uv.' >&2; exit 1; }
	@.uv/bin/pip install --quiet --disable-pip-version-check 'uv==$(UV_VERSION)'

comma := ,
