#!/usr/bin/env bash
# Install into .venv: with uv, which is quick, and with pip where uv is missing or cannot reach the
# index (it keeps its own certificates, pip may be configured with others).
set -euo pipefail
bin=.venv/bin
if [ -x "$bin/uv" ]; then
  "$bin/uv" pip install --quiet --system-certs --python "$bin/python" "$@" && exit 0
  echo "set-up: uv could not install; trying pip"
fi
exec "$bin/python" -m pip install --quiet --disable-pip-version-check "$@"
