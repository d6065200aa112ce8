PYTHON ?= python3
BIN = .venv/bin
PYZ = frappe-lite.pyz
WORKERS = $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)# some tests wait for processes of their own
PYTEST = -m pytest --numprocesses $(WORKERS) --maxprocesses 8 --dist worksteal $(ONLY)

unexport PYTHONDONTWRITEBYTECODE  # the tests start a hundred processes: what they import is compiled once

serve: .venv/installed
	$(BIN)/python serve.py

fresh: .venv/installed
	$(BIN)/frappe-lite reset --yes --database site.db
	$(BIN)/python serve.py

test: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(MAKE) --jobs 2 --no-print-directory pytest types

pytest:  # some tests call make, which has no part in these two jobs
	env -u MAKEFLAGS $(BIN)/python $(PYTEST)

types:
	$(BIN)/mypy
	$(BIN)/bandit --quiet --recursive --configfile pyproject.toml frappe_lite serve.py

dist: .venv/installed-dev
	rm -rf dist
	$(BIN)/python -m build --outdir dist
	$(BIN)/twine check --strict dist/*

docs: .venv/installed-docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict
	@echo "build/site/index.html; its search needs a server: $(BIN)/mkdocs serve"

pyz: .venv/installed-shiv
	$(BIN)/shiv --compressed --reproducible --python '/usr/bin/env python3' --console-script frappe-lite --output-file $(PYZ) '.$(EXTRAS)' --quiet

test-postgres: .venv/installed-dev
	$(BIN)/python scripts/postgres.py -- $(BIN)/python $(PYTEST)

.venv/installed: setup.cfg
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --editable '.[all]'
	touch $@

.venv/installed-dev: .venv/installed Makefile
	$(BIN)/pip install --quiet --editable '.[all,dev]'
	$(BIN)/pip install --quiet --no-deps frappe-client==0.1.0.dev0
	if command -v npm >/dev/null; then npm install --silent --no-audit --no-fund --prefix .venv/js frappe-js-sdk@1.14.1 axe-core@4.14.1 socket.io-client@4.8.1 typescript@5.9.3 oxlint@1.20.0 prettier@3.10.1; fi
	touch $@

.venv/installed-shiv: .venv/installed
	$(BIN)/pip install --quiet 'shiv >= 1.0'
	touch $@

.venv/installed-docs: .venv/installed
	$(BIN)/pip install --quiet --editable '.[docs-site]'
	touch $@

audit: .venv/installed-dev
	$(BIN)/pip-audit --skip-editable --progress-spinner off

clean:
	rm -rf .venv site.db site.db-* build dist *.egg-info $(PYZ)

.PHONY: serve fresh test pytest types test-postgres audit dist docs pyz clean
