# Every target sets up what it needs: Debian packages and the Python environment in .venv.
# Nothing here needs more than git, make, apt and python3 to begin with.

BIN := .venv/bin
# Unbuffered, or progress would come in lumps behind a pipe.
export PYTHONUNBUFFERED := 1
PYTEST := $(BIN)/python -m pytest
# Machines are emulated with one processor each: as many at once as there are real ones. Names of
# tests with `@` in them are those that one worker has to do.
SPREAD := --numprocesses auto --maxprocesses 4 --dist loadgroup --no-loadscope-reorder
# One durations table for every tier; `full` tests have a target of their own.
EVERYDAY := --durations=15 -m "not full"

.DEFAULT_GOAL := help
.NOTPARALLEL:

.PHONY: help
help:  ## these lines, and a plan for a recorded machine; touches no disk
	@printf 'bedplate: targets of this Makefile\n\n'
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" \
	    read -r target does; do printf '  %-10s %s\n' "$$target" "$$does"; done
	@tests/support/packages/setup --python
	@printf '\nWhat an install would do to the machine recorded in tests/captures/machines/demo.json:\n\n'
	@$(BIN)/bedplate plan tests/captures/machines/demo-answer.toml \
	    --facts tests/captures/machines/demo.json --images tests/captures/images

.PHONY: setup
setup:  ## Debian packages and the Python environment, if they are not there
	@tests/support/packages/setup

# What needs no disk tools and no QEMU is content with less.
.PHONY: environment
environment:
	@tests/support/packages/setup --python

.PHONY: relock
relock: environment  ## take the newest versions that pyproject.toml allows
	@tests/support/packages/setup --relock

.PHONY: check
check: environment  ## format, lint, types, import contracts; also part of `test`
	$(PYTEST) -v tests/check

.PHONY: test
test: images  ## all tiers; within an hour on two cores once the images are built
	$(PYTEST) $(SPREAD) $(EVERYDAY)

.PHONY: test-full
test-full: images  ## all tiers, and what takes too long for `test`
	$(PYTEST) $(SPREAD) --durations=15

.PHONY: test-unit
test-unit: environment  ## functions and whole plans; seconds
	$(PYTEST) tests/unit tests/golden

.PHONY: test-loop
test-loop: setup  ## real tables on loop devices
	$(PYTEST) $(EVERYDAY) tests/loop

.PHONY: test-uml
test-uml: setup  ## LVM, md and vfat in user-mode-linux
	$(PYTEST) $(SPREAD) $(EVERYDAY) tests/uml

.PHONY: test-vm
test-vm: images  ## installs and boots in QEMU
	$(PYTEST) $(SPREAD) $(EVERYDAY) tests/vm

.PHONY: goldens
goldens: environment  ## write the golden files anew; review the difference like code
	BEDPLATE_REWRITE_GOLDENS=1 $(PYTEST) tests/golden tests/unit

.PHONY: images
images: setup  ## base system and live installer; minutes once, then from the cache
	$(BIN)/bedplate image build

.PHONY: demo
demo: images  ## installs a ZFS mirror into a VM and boots it from each disk alone
	$(BIN)/bedplate lab demo

.PHONY: bench
bench: images  ## the speed of an install against the work that cannot be avoided
	$(BIN)/python -m tests.bench.run

.PHONY: deb
deb: setup  ## the package for Debian 12 and 13, in dist/
	$(BIN)/bedplate image deb --output dist

.PHONY: clean
clean:  ## removes what was built in this folder; images stay in ~/.cache/bedplate
	rm -rf .venv dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -rf installer/bedplate.egg-info
	find installer tests -name __pycache__ -type d -prune -exec rm -rf {} +
