#!/bin/sh
# Builds .venv from requirements-dev.txt and requirements-clients.txt and stamps it; says in one sentence what is missing. PYTHON names the interpreter.
set -eu

fail() {
    echo "make: $1" >&2
    exit 1
}

for candidate in ${PYTHON:-python3.11 python3.12 python3.13 python3}; do
    if command -v "$candidate" >/dev/null 2>&1 &&
        "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
[ -n "${python:-}" ] || fail "Python 3.11, 3.12 or 3.13 is needed and ${PYTHON:-none} is not it: install one, or name it with PYTHON=…"

if ! .venv/bin/python -c '' 2>/dev/null; then
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        fail "Python's venv module is missing: install it (Debian: apt-get install python3-venv)"
    echo "Building the environment in .venv with $("$python" --version) (once; about a minute)"
    "$python" -m venv --clear .venv
fi

echo "Installing the libraries of requirements-dev.txt"
status=.venv/pip-status
install=".venv/bin/python -m pip install --disable-pip-version-check"
{ $install --requirement requirements-dev.txt && $install --no-deps --requirement requirements-clients.txt && echo done >$status; } |
    sed -u -n -e 's/^Collecting \([^ ]*\).*/  \1/p' -e 's/^Installing collected packages.*/  installing/p'
rm "$status" 2>/dev/null ||
    fail "the libraries could not be installed: is the package index reachable? See the messages above, then run make again"
touch .venv/built
