# `make demo` and `make test` do all their set-up themselves; `make help` lists the rest.
.PHONY: help setup demo build test differential fuzz fmt lint ci bench

# Where the system's Node.js is too old, setup.sh puts a newer one into target/tools; cargo installs geckodriver into its own folder.
export PATH := $(CURDIR)/target/tools/bin:$(PATH):$(or $(CARGO_HOME),$(HOME)/.cargo)/bin

# Sentry's OpenAPI schema, against which the requests of our client are checked; a file that is not ours to keep here.
SENTRY_OPENAPI ?= $(abspath $(wildcard ../shared/sentry-openapi/openapi-derefed.json))
export SENTRY_OPENAPI

help:  ## Say what can be made.
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup:  ## Find or install what demo and tests need.
	@scripts/setup.sh test

build:  ## Build the release binary, target/release/fixloop (or in CARGO_TARGET_DIR).
	@cargo build --release --locked

demo:  ## Watch fixloop close the whole loop on a real app.
	@scripts/setup.sh demo
	@$(MAKE) --no-print-directory build
	@cargo run --release --locked --quiet -- demo $(ARGS)

test:  ## Run all tests; FIREFOX=1 installs and tests Firefox too.
	@scripts/setup.sh test
	cargo test --locked
	@echo "Contract with Sentry's API: $(if $(SENTRY_OPENAPI),checked against $(SENTRY_OPENAPI),NOT CHECKED; SENTRY_OPENAPI can name the file of the schema)"

differential:  ## Compare with the originals on generated input for longer; FIXLOOP_FUZZ=N sets how much, default 20, FIXLOOP_SEED which.
	@scripts/setup.sh test
	FIXLOOP_FUZZ=$${FIXLOOP_FUZZ:-20} cargo test --locked --test it differential -- --nocapture

fuzz:  ## Feed the readers of foreign text mutated input for longer; FIXLOOP_FUZZ=N sets how often, default 100.
	FIXLOOP_FUZZ=$${FIXLOOP_FUZZ:-100} cargo test --locked --test it fuzz -- --nocapture

fmt:  ## Format the code.
	cargo fmt

lint:  ## Check format and lints as CI does.
	cargo fmt --check
	cargo clippy --all-targets --locked -- -D warnings

ci:  ## Do what CI does.
	@.ci/run

bench:  ## Measure fixloop and its peers side by side, into docs/measurements.md; a quiet machine, please.
	@bench/run.sh
