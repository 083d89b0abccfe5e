# `make` lists the targets. The environment in .venv is built when requirements change, and only then.

PY := .venv/bin/python
BUILT := .venv/built
.DEFAULT_GOAL := help
.PHONY: help run user password import demo test fuzz bench lint check soak rebuild-stats package deploy destroy clean

help: ## List the targets
	@echo "Nimbossa. Targets:"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do printf '  make %-13s %s\n' "$$name" "$$text"; done

run: $(BUILT) ## Start everything on this machine (PORT=8000 DATA_DIR=.local ADMIN_API_KEY=… RATE_LIMIT=300); Ctrl-C stops it
	@exec $(PY) -m infra.local.run

user: $(BUILT) ## Create an account: NAME=… EMAIL=… [ADMIN=1] [STAGE=…]; prints a link to set its password with, and last its API key
	@$(if $(and $(NAME),$(EMAIL)),,echo 'make user needs NAME=… and EMAIL=…' >&2; exit 2;) exec $(PY) -m infra.accounts --name '$(NAME)' --email '$(EMAIL)' $(if $(ADMIN),--admin) $(if $(STAGE),--stack 'nimbossa-$(STAGE)')

password: $(BUILT) ## Print a link that sets an account's password, good for a day and for once: NAME=… [STAGE=…]
	@$(if $(NAME),,echo 'make password needs NAME=…' >&2; exit 2;) exec $(PY) -m infra.accounts --name '$(NAME)' $(if $(STAGE),--stack 'nimbossa-$(STAGE)')

import: $(BUILT) ## Import a file into a project of the running local stack: PROJECT=short_name FILE=…
	@$(if $(and $(PROJECT),$(FILE)),,echo 'make import needs PROJECT=… and FILE=…' >&2; exit 2;) exec $(PY) -m infra.import_file --project '$(PROJECT)' --file '$(FILE)'

demo: $(BUILT) ## Play the whole loop without a browser and print the result table
	@exec $(PY) -m infra.local.demo

test: $(BUILT) ## Run every test (the browser tests need Debian's chromium)
	@sh infra/local/ensure_chromium.sh
	@exec $(PY) -m pytest tests

fuzz: $(BUILT) ## Send the API thousands of requests, made from its own description, good and bad: [SEED=…]
	@exec $(PY) -m tests.contract.fuzzing $(if $(SEED),--seed '$(SEED)')

soak: $(BUILT) ## Volunteers, an owner, faults and restarts for minutes, then every promise checked: [SEED=… MINUTES=10 VOLUNTEERS=50 DATA_DIR=…]
	@exec $(PY) -m tests.soak $(if $(SEED),--seed '$(SEED)') $(if $(MINUTES),--minutes '$(MINUTES)') $(if $(VOLUNTEERS),--volunteers '$(VOLUNTEERS)') $(if $(DATA_DIR),--data-dir '$(DATA_DIR)')

bench: $(BUILT) ## Measure speed, cold start and size; writes docs/performance.md: [MILLION=1] with an import of a million rows
	@$(if $(MILLION),MILLION=1) exec $(PY) -m tests.benchmarks

lint: $(BUILT) ## Check the style with ruff
	@$(PY) -m ruff check .

check: lint ## Check style, types and the direction of imports
	@$(PY) -m mypy
	@.venv/bin/lint-imports

rebuild-stats: $(BUILT) ## Count all statistics anew from the runs: [PROJECT=id] [STAGE=…]; the site may be in use
	@exec $(PY) -m infra.recount $(if $(PROJECT),--project '$(PROJECT)') $(if $(STAGE),--stack 'nimbossa-$(STAGE)')

package: $(BUILT) ## Build the stack's package: .build/package/template.json and deployment.zip
	@exec $(PY) -m infra.package

deploy: $(BUILT) ## Create or update the stack on AWS: STAGE=… [SET='Parameter=value …']
	@$(if $(STAGE),,echo 'make deploy needs STAGE=…' >&2; exit 2;) exec $(PY) -m infra.deploy --stage '$(STAGE)' $(if $(SET),--set $(SET)) $(if $(ADMIN_NAME),--admin-name '$(ADMIN_NAME)') $(if $(ADMIN_EMAIL),--admin-email '$(ADMIN_EMAIL)')

destroy: $(BUILT) ## Delete the stack on AWS with all its data: STAGE=… [FORCE=1]
	@$(if $(STAGE),,echo 'make destroy needs STAGE=…' >&2; exit 2;) exec $(PY) -m infra.destroy --stage '$(STAGE)'

clean: ## Remove the environment and what was built; the data in .local stays
	@rm -rf .venv .build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BUILT): requirements.txt requirements-dev.txt requirements-clients.txt infra/local/build_environment.sh
	@sh infra/local/build_environment.sh
