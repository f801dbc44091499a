# `make demo` and `make test` do all their set-up themselves; `make help` lists the rest.
.PHONY: help setup demo build test fmt lint ci bench

help:  ## Say what can be made.
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup:  ## Find or install what demo and tests need.
	@scripts/setup.sh test

build:  ## Build the release binary, target/release/fixloop.
	@cargo build --release --locked

demo:  ## Watch fixloop close the whole loop on a real app.
	@scripts/setup.sh demo
	@$(MAKE) --no-print-directory build
	@target/release/fixloop demo $(ARGS)

test:  ## Run all tests; FIREFOX=1 installs and tests Firefox too.
	@scripts/setup.sh test
	cargo test --locked

fmt:  ## Format the code.
	cargo fmt

lint:  ## Check format and lints as CI does.
	cargo fmt --check
	cargo clippy --all-targets --locked -- -D warnings

ci:  ## Do what CI does.
	@.ci/run

bench:  ## Measure fixloop and its peers side by side; a quiet machine, please. See docs/measurements.md.
	@bench/run.sh
