# One way to do each thing. PYTHON picks the interpreter that the environments are made with.
PYTHON ?= python3
VENV := .venv
DEV := .venv-dev
AUDIT := .venv-audit
# Locks are complete and carry hashes: nothing is resolved, nothing else is installed.
INSTALL := -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --requirement

.PHONY: run test test-slow test-all lint format train benchmark load audit lock clean help

help:  ## List the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## / — /'

run: $(VENV)/.installed  ## Start the bot; without BOT_TOKEN, the playground on 127.0.0.1:8080
	@exec $(VENV)/bin/python -m bot

# Two processes: a small machine has two cores. ARGS goes to pytest: make test ARGS="-k album"
PYTEST = $(DEV)/bin/python -m pytest --numprocesses 2

test: $(DEV)/.installed  ## Run the tests that catch most, in five minutes
	$(PYTEST) -m "not slow" $(ARGS)

test-slow: $(DEV)/.installed  ## Run the tests that `make test` leaves out
	$(PYTEST) -m slow $(ARGS)

test-all: $(DEV)/.installed  ## Run all tests: everything on both databases, long queues, chaos, searches
	$(PYTEST) $(ARGS)

lint: $(DEV)/.installed  ## Check style and types
	$(DEV)/bin/ruff check .
	$(DEV)/bin/ruff format --check .
	$(DEV)/bin/mypy

format: $(DEV)/.installed  ## Put the code into the project's format
	$(DEV)/bin/ruff check --fix .
	$(DEV)/bin/ruff format .

train: $(DEV)/.installed  ## From archives to a model folder: make train DATA="a.zip b.zip"
	$(DEV)/bin/python -m training pipeline $(DATA)

benchmark: $(DEV)/.installed  ## Our classifier beside the package fer on the same photos: make benchmark PHOTOS=folder
	$(DEV)/bin/python -m tests.benchmark $(PHOTOS)

load: $(DEV)/.installed  ## Send photos through playground and bot, and print what came back; BACKEND=postgres compares
	$(DEV)/bin/python -m tests.load $(if $(BACKEND),--backend $(BACKEND)) $(ARGS)

# pip-audit lives in an environment of its own, with a lock of its own. Strict: what cannot be looked up is no pass.
audit:  ## Check the locked packages for known advisories
	@test -x $(AUDIT)/bin/python || $(PYTHON) -m venv $(AUDIT)
	$(AUDIT)/bin/python $(INSTALL) requirements/pip-audit.lock
	@for lock in runtime dev pip-audit uv atheris; do echo "requirements/$$lock.lock:"; \
		$(AUDIT)/bin/python -m pip_audit --strict --require-hashes --disable-pip \
		--requirement requirements/$$lock.lock || { echo "No pass: an advisory is named above, or the service that" \
		"pip-audit asks for advisories could not be reached from here." >&2; exit 1; }; done

lock: $(DEV)/.installed  ## Renew the locks after a change of pyproject.toml
	$(DEV)/bin/python $(INSTALL) requirements/uv.lock
	$(DEV)/bin/uv pip compile --quiet pyproject.toml $(LOCK_FLAGS) --override requirements/overrides.txt \
		--output-file requirements/runtime.lock
	$(DEV)/bin/uv pip compile --quiet pyproject.toml --group training --group test $(LOCK_FLAGS) \
		--override requirements/overrides-dev.txt --output-file requirements/dev.lock
	@for tool in pip-audit uv; do echo $$tool | $(DEV)/bin/uv pip compile --quiet - $(LOCK_FLAGS) \
		--output-file requirements/$$tool.lock || exit 1; done
	@for tool in atheris fer; do $(DEV)/bin/uv pip compile --quiet requirements/$$tool.in $(LOCK_FLAGS) \
		--output-file requirements/$$tool.lock || exit 1; done
	@echo "fer==25.10.3" | $(DEV)/bin/uv pip compile --quiet - --no-deps $(LOCK_FLAGS) >> requirements/fer.lock
LOCK_FLAGS := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate

clean:  ## Remove the environments and caches
	rm -rf $(VENV) $(DEV) $(AUDIT) $(VENV).lock $(DEV).lock .venv-fer .venv-fuzz .mypy_cache .ruff_cache .pytest_cache .hypothesis

# Whoever comes second waits, and then finds that nothing is left to do: the inner make looks again.
ALONE := $(PYTHON) -c 'import fcntl, subprocess, sys; lock = open(sys.argv[1], "w"); fcntl.flock(lock, fcntl.LOCK_EX); sys.exit(subprocess.call(sys.argv[2:], close_fds=True))'
ifndef HOLDS_LOCK
$(VENV)/.installed: requirements/runtime.lock
	@$(ALONE) $(VENV).lock $(MAKE) --no-print-directory HOLDS_LOCK=yes $@
$(DEV)/.installed: requirements/dev.lock
	@$(ALONE) $(DEV).lock $(MAKE) --no-print-directory HOLDS_LOCK=yes $@
else
$(VENV)/.installed: requirements/runtime.lock
	@echo "Installing what the bot needs into $(VENV) (once)..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version.split()[0] + ". Name another with PYTHON=python3.12 make run.")'
	@$(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/python $(INSTALL) requirements/runtime.lock
	@$(VENV)/bin/python -m pip uninstall --quiet --yes pip setuptools  # 40 MB that running does not need
	@touch $@

$(DEV)/.installed: requirements/dev.lock
	@echo "Installing what tests and training need into $(DEV) (once, about 3 GB)..."
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14) and "Python 3.11, 3.12 or 3.13 is needed, as TensorFlow has no other; this is " + sys.version.split()[0] + ". Name another with PYTHON=python3.13 make test.")'
	@$(PYTHON) -m venv $(DEV)
	@$(DEV)/bin/python $(INSTALL) requirements/dev.lock
	@touch $@
endif
