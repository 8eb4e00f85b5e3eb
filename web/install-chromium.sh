#!/usr/bin/env bash
# Installs what browser tests need on Debian: Chromium, and a font with Chinese for pictures that people look at.
set -euo pipefail
apt-get install -y --no-install-recommends chromium fonts-noto-core fonts-wqy-microhei
