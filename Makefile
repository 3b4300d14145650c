# `make forecast` and `make test` set up what they need, and the second time do no set-up work again:
# a stamp in .venv carries the checksum of what was installed, and of where.
key   := $(shell cat pyproject.toml constraints.txt | cksum | cut -d' ' -f1)-$(shell pwd | cksum | cut -d' ' -f1)
run   := .venv/.set-up-run-$(key)
dev   := .venv/.set-up-dev-$(key)
bin   := .venv/bin

# Whose docstrings name every parameter: all but the verbs', which are the help that a shell shows
documented = $(filter-out $(wildcard hbm_model/cli/*.py),$(wildcard hbm_model/*.py hbm_model/*/*.py hbm_model/*/*/*.py))

# More options for either: make forecast ARGS='--quick', make test ARGS='-k store'
ARGS  ?=

.PHONY: forecast set-up test lint format docs gallery bench release-check clean

forecast: $(run)
	@$(bin)/hbm-model forecast $(ARGS)

set-up: $(dev)

test: lint
	@$(bin)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile $(ARGS)

lint: $(dev)
	@$(bin)/ruff check --quiet . && $(bin)/ruff format --quiet --check . && $(bin)/mypy --no-error-summary
	@$(bin)/numpydoc lint $(documented)

format: $(dev)
	@$(bin)/ruff check --quiet --fix . ; $(bin)/ruff format --quiet .

# The documentation site, in build/site: it fails on a broken link, a wrong reference, and whatever needs the network
docs: $(dev)
	@$(bin)/python docs/generate/make_site.py

# Every kind of chart, from the newest run in runs/ (make gallery ARGS="--store DIR")
gallery: $(run)
	@$(bin)/python docs/generate/gallery.py $(ARGS)

# What takes how long, beside other samplers, and the tables of docs/performance.md (make bench ARGS="growth forecasts")
bench: $(dev)
	@$(bin)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[bench]'
	@$(bin)/python -m benchmarks $(ARGS)
	@$(bin)/python docs/generate/performance.py

# Everything of a release but the upload
release-check: $(dev)
	@.ci/release-check

$(run):
	@.ci/setup run
	@rm -f .venv/.set-up-* && touch $@

$(dev):
	@.ci/setup dev
	@rm -f .venv/.set-up-* && touch $@ $(run)

clean:
	rm -rf .venv .venv-* build dist .mypy_cache .pytest_cache .ruff_cache
