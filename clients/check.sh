#!/usr/bin/env bash
# Fails where a client is not made from the API's description as it is, does not type-check, or fails its tests. A part is
# skipped, with a message, where its language is missing. MERCATO_BIN names the server for tests; target/debug/mercato where
# it is not set, and tests that need a server are skipped where there is none.
set -euo pipefail
cd "$(dirname "$0")"
if [ -z "${MERCATO_BIN:-}" ] && [ -x ../target/debug/mercato ]; then
    MERCATO_BIN=$(realpath ../target/debug/mercato)
fi
if [ -n "${MERCATO_BIN:-}" ]; then
    export MERCATO_BIN
else
    echo "clients: there is no target/debug/mercato and MERCATO_BIN is not set: nothing is tested against a server" >&2
fi

if command -v npm >/dev/null; then
    (
        cd typescript
        npm ci --ignore-scripts --no-audit --no-fund --silent
        node tools/generate.mjs --check
        npm run --silent check
        npm test --silent
    )
else
    echo "clients: Node.js is not installed: the TypeScript client is not checked" >&2
fi

if command -v python3 >/dev/null && python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
    (
        cd python
        [ -x .venv/bin/python ] || python3 -m venv .venv
        .venv/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
        .venv/bin/python tools/generate.py --check
        .venv/bin/mypy
        .venv/bin/python -m pytest --quiet
    )
else
    echo "clients: Python 3.10 or newer with venv is not installed: the Python client is not checked" >&2
fi
