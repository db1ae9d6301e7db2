#!/usr/bin/env bash
# Patch the sample CDK apps of scripts/cdk-sample, compile and synthesise them, check the templates.
# Outside of `make test`: it needs node 20, npm and PyPI, and installs 700 MB. They stay in DIR
# (default: /tmp/hubmend-cdk-sample), so that the next run installs nothing.
# usage: scripts/cdk-sample.sh [DIR]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
hubmend="${PYTHON:-$here/../.venv/bin/python} -m hubmend"
work=${1:-/tmp/hubmend-cdk-sample}
mkdir -p "$work"

echo "== packages"
cp -r "$here/cdk-sample/." "$work"
cd "$work"
rm -rf typescript/cdk.out python/cdk.out typescript/out
(cd typescript && npm install --silent --no-audit --no-fund)
[ -x venv/bin/python ] || { python3 -m venv venv && venv/bin/pip install --quiet aws-cdk-lib==2.275.0; }

echo "== patch"
for app in typescript/app.ts python/app.py; do
  $hubmend check "$app" && { echo "$app should fail before it is patched"; exit 1; }
  $hubmend fix --write "$app"
  $hubmend check "$app"
  $hubmend fix "$app" | (! grep .) || { echo "a second run would change $app"; exit 1; }
done

echo "== compile"
(cd typescript && npx tsc)
venv/bin/python -m compileall -q python

echo "== synthesise"
(cd typescript && CDK_OUTDIR=cdk.out node out/app.js)
(cd python && CDK_OUTDIR=cdk.out ../venv/bin/python app.py)

echo "== templates"
for out in typescript/cdk.out python/cdk.out; do
  "${PYTHON:-$here/../.venv/bin/python}" "$here/cdk-sample/templates.py" "$out"
  $hubmend check "$out" --include '*.template.json' --all
done
echo "passed"
