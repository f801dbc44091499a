#!/usr/bin/env bash
# Builds fixloop, finds or installs the peers, and measures all of them side by side. RUNS=1 is a smoke run; PEERS names a
# node_modules folder that has the peers, OURS a binary (else it is built), SERVERS which of servers.json take part.
# Writes results*.json and results.md here, and the table of targets into docs/measurements.md (not with RUNS).
set -euo pipefail
cd "$(dirname "$0")"
if [ -z "${OURS:-}" ]; then
  cargo build --release --locked
  OURS="$(cargo metadata --no-deps --locked --format-version 1 | python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')/release/fixloop"
fi
if [ -z "${PEERS:-}" ] && ! cmp -s package-lock.json node_modules/.fixloop-lock; then
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
  cp package-lock.json node_modules/.fixloop-lock
fi
../scripts/setup.sh demo
export OURS PEERS="${PEERS:-$PWD/node_modules}"
export TOKENIZER="${TOKENIZER:-$PEERS}"
runs=(); write=(--write ../docs/measurements.md)
quick=()
if [ -n "${RUNS:-}" ]; then runs=(--runs "$RUNS"); write=(); quick=(--quiet-wait 0.5 --rpc-calls 50 --browser-loops 2); fi
python3 bench.py --servers "${SERVERS:-ours,playwright-mcp,chrome-devtools-mcp,spotlight}" --out results.json --md results.md "${runs[@]}" "${quick[@]}"
python3 loop.py --out results-loop.json "${runs[@]}"
python3 table.py "${write[@]}" results.json results-loop.json
