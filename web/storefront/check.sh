#!/usr/bin/env bash
# Drives the published storefront clients against a server of this build: the scenarios of our own in `tests`, and those in the
# folder that CONFORMANCE names (default: ../shared/conformance beside the project) where it is there. Skipped with a message
# where Node.js or the program is missing.
# usage: web/storefront/check.sh [NAME-FILTER]
set -euo pipefail
cd "$(dirname "$0")/../.."
scenarios="${CONFORMANCE:-../shared/conformance}"
mercato="${MERCATO_BIN:-${CARGO_TARGET_DIR:-target}/debug/mercato}"
if [[ ! -e "$mercato" ]]; then
    echo "$mercato is missing: the storefront scenarios are not run" >&2
    exit 0
fi
if ! command -v npm >/dev/null; then
    echo "Node.js is not installed: the storefront scenarios are not run" >&2
    exit 0
fi
work="$(mktemp -d)"
# Waits for the end of the server: until then it writes what is to be removed.
stop() {
    if [[ -n "${server:-}" ]]; then
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
}
trap 'stop; rm -rf "$work"' EXIT

# Fetches what the scenarios in a copied folder stand on.
fetch() {
    (cd "$1" && npm ci --no-audit --no-fund --ignore-scripts >"$work/npm.log" 2>&1) || { cat "$work/npm.log"; exit 1; }
}

# Starts a server with these arguments and says its address in `url`.
start() {
    stop
    rm -rf "$work/data"
    "$mercato" --json --data-dir "$work/data" serve --bind 127.0.0.1:0 "$@" >"$work/url" 2>"$work/server.log" &
    server=$!
    for _ in $(seq 300); do
        url="$(sed -n 's/.*"url":"\([^"]*\)".*/\1/p' "$work/url")"
        [[ -n "$url" ]] && return
        sleep 0.1
    done
    cat "$work/server.log"
    exit 1
}

failed=0
told() {
    failed=1
    grep -E "ERROR|panicked" "$work/server.log" || true
}
run() {
    node "$work/conformance/scenarios/$1.mjs" "$url" || told
}

mkdir "$work/own"
cp -r web/storefront/package.json web/storefront/package-lock.json web/storefront/tests "$work/own"
fetch "$work/own"
start --admin-key admin-key --search-key search-key
own=("$work"/own/tests/*"${1:-}"*.test.mjs)
if [[ -e "${own[0]}" ]]; then
    STOREFRONT_URL="$url" node --test "${own[@]}" || told
fi

if [[ ! -e "$scenarios/package-lock.json" ]]; then
    echo "$scenarios is missing: only the scenarios of our own were run" >&2
    exit "$failed"
fi
cp -r "$scenarios/." "$work/conformance"
fetch "$work/conformance"
start --admin-key admin-key --search-key search-key
for scenario in "$work"/conformance/scenarios/[0-9]*.mjs; do
    name="$(basename "$scenario" .mjs)"
    case "$name" in
        # Those below bring no key, or not a shop's.
        20_* | 21_* | 22_*) ;;
        00_*) run "$name" ;;
        *"${1:-}"*) run "$name" ;;
    esac
done

start --open
run 00_seed
curl -sf -o /dev/null "$url/v1/products/experiments" -H 'content-type: application/json' -d '{"id": "ranker",
    "arms": [{"name": "control"}, {"name": "treatment", "changes": {"trained_ranker": false}}]}'
OFREP_URL="$url/v1/products" run 21_ofrep
SEGMENT_WRITE_KEY=products run 22_segment
MCP_URL="$url/v1/products/mcp" run 20_mcp
exit "$failed"
