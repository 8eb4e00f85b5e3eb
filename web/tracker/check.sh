#!/usr/bin/env bash
# Fails where m.js is not that of its sources, is too large, or fails its tests. Needs Node.js 20.19 or newer and npm.
# MERCATO_BIN names the server for tests; target/debug/mercato where it is not set, and tests that need a server are skipped
# where there is none.
set -euo pipefail
cd "$(dirname "$0")"
if [ -z "${MERCATO_BIN:-}" ] && [ -x ../../target/debug/mercato ]; then
    MERCATO_BIN=$(realpath ../../target/debug/mercato)
fi
if [ -n "${MERCATO_BIN:-}" ]; then
    export MERCATO_BIN
fi
npm ci --ignore-scripts --no-audit --no-fund --silent
built=$(mktemp -d)
trap 'rm -rf "$built"' EXIT
node build.mjs "$built/m.js"
if ! cmp "$built/m.js" dist/m.js; then
    echo "tracker: dist is not current; run \`npm ci && npm run build\` in web/tracker and commit dist" >&2
    exit 1
fi
npm test --silent
