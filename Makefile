# Two commands are all a newcomer needs: make serve, make test. docs/operating.md has the rest.
PORT ?= 8000
BIN := .venv/bin
.PHONY: serve build leaflets test check bench peers soak fuzz clean setup setup-test

serve: build
	@DEMO=$(DEMO) $(BIN)/forms-api serve --port $(PORT) --site build/site

build: setup
	@$(BIN)/site-builder build

leaflets: setup
	@$(BIN)/site-builder leaflets $(if $(PROVINCE),--province $(PROVINCE))

test: setup-test
	@$(BIN)/python -m pytest -n 2 --dist loadgroup

check: setup-test
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/site-builder check

bench: setup-test build peers
	@$(BIN)/python -m benchmarks

# wrk, and the servers to measure beside, in environments of their own, from hashed locks.
peers:
	@benchmarks/forms/setup

soak: setup-test
	@$(BIN)/python -m pytest -m soak

# Looks for what nobody thought of, SECONDS for each target; what it finds becomes a seed in tests/fuzz/seeds.
fuzz: SECONDS ?= 60
fuzz: setup-test
	@for target in text phone references decoding; do \
	  $(BIN)/python -m tests.fuzz.atheris_search $$target $(SECONDS) || exit 1; done
	@$(BIN)/python -m pytest tests/fuzz --hypothesis-profile=search

setup:
	@.ci/setup build

setup-test:
	@.ci/setup test

clean:
	@rm -rf build
