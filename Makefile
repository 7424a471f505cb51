# make run | make test | make lab | make bench. The same as plain commands stand in README.md.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test lab bench lint lock results clean
.DEFAULT_GOAL := run

.venv/.installed: requirements.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

run: .venv/.installed
	$(BIN)/lepton run $(if $(FRESH),--fresh)

test: .venv/.installed
	$(BIN)/python -m ruff check .
	$(BIN)/python -m pytest -q -n 2 --dist loadfile tests
	TQDM_DISABLE=1 $(BIN)/python -m pytest -q -n 2 --dist loadfile --nbval-lax --nbval-current-env --nbval-cell-timeout 3600 --ignore notebooks/solutions notebooks

lab: .venv/.installed
	$(BIN)/lepton lab $(if $(RESET),--reset)

# with JAX and PyTorch where they are installed: .venv/bin/pip install ".[peers]"
bench: .venv/.installed
	$(BIN)/lepton bench

results: .venv/.installed
	$(BIN)/lepton sweep

lock:
	uv pip compile --universal --python-version 3.10 --no-emit-index-url --no-header requirements.txt -o requirements.lock

clean:
	rm -rf artifacts reports
