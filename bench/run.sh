#!/usr/bin/env bash
# Builds fixloop, finds or installs the peers, and measures all of them side by side. RUNS=1 is a smoke run.
set -euo pipefail
cd "$(dirname "$0")"
cargo build --release --locked
if [ -z "${PEERS:-}" ] && ! cmp -s package-lock.json node_modules/.fixloop-lock; then
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
  cp package-lock.json node_modules/.fixloop-lock
fi
../scripts/setup.sh demo
export PEERS="${PEERS:-$PWD/node_modules}"
export TOKENIZER="${TOKENIZER:-$PEERS}"
export OURS="${OURS:-$PWD/../target/release/fixloop}"
runs=(); [ -z "${RUNS:-}" ] || runs=(--runs "$RUNS")
python3 bench.py --servers "${SERVERS:-ours,playwright-mcp,chrome-devtools-mcp,spotlight}" --out results.json --md results.md "${runs[@]}"
python3 loop.py --out results-loop.json ${RUNS:+--runs "$RUNS"}
