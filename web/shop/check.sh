#!/usr/bin/env bash
# Fails where the built files of the shop page are not those of its sources. Needs Node.js 20.19 or newer and npm.
set -euo pipefail
cd "$(dirname "$0")"
npm ci --no-audit --no-fund --silent
npm test --silent
built=$(mktemp -d)
trap 'rm -rf "$built"' EXIT
npx vite build --outDir "$built" --emptyOutDir --logLevel warn
if ! diff -rq "$built" dist; then
    echo "shop: dist is not current; run \`npm ci && npm run build\` in web/shop and commit dist" >&2
    exit 1
fi
