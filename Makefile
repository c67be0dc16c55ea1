# Parley. `make` alone lists what there is.

.DEFAULT_GOAL := help
.PHONY: help run deps test test-long fuzz bench verify lint format install uninstall clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

# The parent-death signal: a run must not outlive a killed make.
run: ## builds, then runs everything at http://127.0.0.1:8080 until Ctrl-C
	@exec setpriv --pdeathsig TERM tools/run

deps: ## prints, then installs, the Debian packages that are missing
	@tools/deps

test: ## every test: Swift's, and those with a real nginx and a browser
	@tools/test

test-long: ## the same with the long versions
	@PARLEY_LONG_TESTS=1 tools/test

bench: ## the benchmark tables; TABLES="1 2 4" names some
	@tools/bench $(TABLES)

.PHONY: bench-check
bench-check: ## instructions of the hot paths, against the baseline
	@tools/bench --check

verify: ## docs/VERIFICATION.md's commands, one line each
	@tools/verify

fuzz: ## 100,000 made-up inputs for each parser (PARLEY_FUZZ_SEED: others)
	@PARLEY_FUZZ_INPUTS=$${PARLEY_FUZZ_INPUTS:-100000} tools/test --swift --filter Fuzz

lint: ## swift-format, warnings as errors
	@tools/lint

format: ## lets swift-format rewrite the sources
	@swift format --in-place --recursive --parallel Sources Tests Package.swift

install: ## into the system, or into DESTDIR, under PREFIX
	@tools/install

uninstall: ## takes it away again; keeps data, backups and what was changed
	@tools/install --remove

clean: ## removes what was built; keeps var/data
	@tools/clean
