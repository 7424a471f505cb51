# make run | make test | make lab. The same as plain commands stand in README.md.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test lab lint lock results clean
.DEFAULT_GOAL := run

.venv/.installed: requirements.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

run: .venv/.installed
	$(BIN)/python -m lepton_helpers.run $(if $(FRESH),--fresh)

test: .venv/.installed
	$(BIN)/python -m ruff check .
	$(BIN)/python -m pytest -q tests
	TQDM_DISABLE=1 $(BIN)/python -m pytest -q --nbval-lax --nbval-current-env --nbval-cell-timeout 300 notebooks

lab: .venv/.installed
	$(BIN)/jupyter lab notebooks

results: .venv/.installed
	$(BIN)/python -m lepton_helpers.sweeps

lock:
	uv pip compile --universal --python-version 3.10 --no-emit-index-url --no-header requirements.txt -o requirements.lock

clean:
	rm -rf artifacts reports
