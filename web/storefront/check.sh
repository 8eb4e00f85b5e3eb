#!/usr/bin/env bash
# Drives the published storefront clients against a server of this build: the scenarios in the folder that CONFORMANCE names
# (default: ../shared/conformance beside the project). Skipped with a message where they, Node.js or the program are missing.
# usage: web/storefront/check.sh [NAME-FILTER]
set -euo pipefail
cd "$(dirname "$0")/../.."
scenarios="${CONFORMANCE:-../shared/conformance}"
mercato="${MERCATO_BIN:-${CARGO_TARGET_DIR:-target}/debug/mercato}"
for needed in "$scenarios/package-lock.json" "$mercato"; do
    if [[ ! -e "$needed" ]]; then
        echo "$needed is missing: the storefront scenarios are not run" >&2
        exit 0
    fi
done
if ! command -v npm >/dev/null; then
    echo "Node.js is not installed: the storefront scenarios are not run" >&2
    exit 0
fi
# What these need is not there yet: carts and policies come with the assistant.
later="${LATER:-20_mcp}"
work="$(mktemp -d)"
trap 'kill "${server:-0}" 2>/dev/null || true; rm -rf "$work"' EXIT
cp -r "$scenarios/." "$work/conformance"
(cd "$work/conformance" && npm ci --no-audit --no-fund --ignore-scripts >"$work/npm.log" 2>&1) || { cat "$work/npm.log"; exit 1; }
"$mercato" --json --data-dir "$work/data" serve --bind 127.0.0.1:0 --admin-key admin-key --search-key search-key \
    >"$work/url" 2>"$work/server.log" &
server=$!
for _ in $(seq 300); do
    url="$(sed -n 's/.*"url":"\([^"]*\)".*/\1/p' "$work/url")"
    [[ -n "$url" ]] && break
    sleep 0.1
done
failed=0
for scenario in "$work"/conformance/scenarios/[0-9]*.mjs; do
    name="$(basename "$scenario" .mjs)"
    [[ "$name" != 00* && -n "${1:-}" && "$name" != *"$1"* ]] && continue
    if [[ " $later " == *" $name "* ]]; then
        echo "LATER $name"
        continue
    fi
    node "$scenario" "$url" || failed=1
done
[[ $failed -eq 0 ]] || { grep -E "ERROR|panicked" "$work/server.log" || true; exit 1; }
