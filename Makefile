# What one types here. Each target that needs the environment creates or mends `.venv` by itself, from the locks.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help report test check format lab bench models lock repair clean runtime development

ENVIRONMENT := sh tools/python.sh tools/environment.py
BIN := .venv/bin
# One thread a process: the tests run side by side on all cores and would otherwise fight over them.
ONE_THREAD := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
LOCK_ARGS ?=
TEST_ARGS ?=
LAB_ARGS ?=

help: ## Show this table
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "  Another Python 3.12 than the one found: make report PYTHON=/path/to/python3.12"

report: runtime ## Run the stress test; build its report and the purchase loan's memo in reports/output/
	@$(BIN)/creditlab report stress
	@$(BIN)/creditlab report product_memo -p product=data/products/purchase_loan.yaml

test: development ## Everything that must hold: style, types, tests, notebooks (TEST_ARGS="-k ledger")
	@failed=0; \
	$(MAKE) --no-print-directory check || failed=1; \
	$(ONE_THREAD) $(BIN)/pytest tests $(wildcard notebooks) --nbval-lax --nbval-current-env \
	  --numprocesses auto --dist loadscope $(TEST_ARGS) || failed=1; \
	exit $$failed

check: development ## Style and types only (ruff, mypy)
	@failed=0; \
	$(BIN)/ruff check . || failed=1; \
	$(BIN)/ruff format --check . || failed=1; \
	$(BIN)/mypy || failed=1; \
	exit $$failed

format: development ## Put the code into the common style (ruff)
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lab: development ## Open JupyterLab in notebooks/
	@PATH="$$PWD/$(BIN):$$PATH" && export PATH && cd notebooks && exec jupyter-lab $(LAB_ARGS)

bench: development ## Run the benchmarks one after the other and print a table
	@$(BIN)/python benchmarks

models: runtime ## Teach the stored default models anew, on the market's pre-history (minutes; after market.yaml or a rule changed)
	@$(ONE_THREAD) $(BIN)/python -m sim.prehistory

lock: ## Write the locks from pyproject.toml; pins stay where they fit (LOCK_ARGS=--upgrade)
	@$(ENVIRONMENT) lock $(LOCK_ARGS)

repair: ## Build .venv anew, after something in it was changed by hand
	@$(ENVIRONMENT) repair

clean: ## Remove .venv, caches, finished runs and built reports
	rm -rf .venv runs reports/output build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

runtime development:
	@$(ENVIRONMENT) $@
