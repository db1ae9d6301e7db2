#!/usr/bin/env bash
# Make .venv with the first Python that is new enough, unless a working one is there.
set -euo pipefail
cd "$(dirname "$0")/.."

new_enough='import sys, venv; sys.exit(sys.version_info < (3, 11))'

if .venv/bin/python -c "$new_enough" 2>/dev/null; then
  exit 0
fi
for candidate in "${1:-python3}" python3.13 python3.12 python3.11; do
  if "$candidate" -c "$new_enough" 2>/dev/null; then
    rm -rf .venv
    "$candidate" -m venv .venv
    exit 0
  fi
done
echo "hubmend needs Python 3.11 or newer with venv. Name one: make PYTHON=/path/to/python3" >&2
exit 1
