#!/usr/bin/env bash
# Asks a server of this build everything that its OpenAPI document describes, with made-up values, and fails where an answer is 5xx.
# Some minutes; CI has only the phases `fuzzing,stateful`, half a minute. MERCATO_BIN names the program (target/debug/mercato where it
# is not set).
# usage: clients/fuzz.sh [EXAMPLES [PHASES]]
set -euo pipefail
cd "$(dirname "$0")/.."
mercato="${MERCATO_BIN:-target/debug/mercato}"
work="$(mktemp -d)"
trap 'kill "${server:-}" 2>/dev/null && wait "$server" || true; rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'schemathesis>=4,<5'
"$mercato" --json --data-dir "$work/data" demo --bind 127.0.0.1:0 >"$work/url" 2>"$work/server.log" &
server=$!
for _ in $(seq 600); do
    url="$(sed -n 's/.*"url":"\([^"]*\)".*/\1/p' "$work/url")"
    [[ -n "$url" ]] && break
    sleep 0.2
done
# Trainings take their time and cores, and events as they happen have no end: both are left out.
"$work/venv/bin/st" run "$url/openapi.json" --url "$url" --checks not_a_server_error --max-examples "${1:-8}" \
    --phases "${2:-examples,coverage,fuzzing,stateful}" --exclude-path-regex 'train|events/live' --seed 20261123 --request-timeout 60
