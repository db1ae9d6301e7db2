#!/usr/bin/env bash
# Deploy templates to localstack-core on loopback and prove that their state machines log: the
# configuration is on the machine, and the records of an execution arrive in its log group.
# Outside of `make test`: it needs Python 3.13 and installs 500 MB, which stay in DIR (default:
# /tmp/hubmend-localstack). PYTHON313 names the interpreter.
# Without a TEMPLATE its own samples (SAM and CloudFormation) are patched with `hubmend fix` first.
# usage: scripts/localstack.sh [-d DIR] [TEMPLATE...]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=/tmp/hubmend-localstack
if [ "${1:-}" = -d ]; then
  work=$2
  shift 2
fi
mkdir -p "$work"
if [ $# -eq 0 ]; then
  samples=$work/samples
  rm -rf "$samples" && cp -r "$here/localstack/samples" "$samples"
  "${HUBMEND:-$here/../.venv/bin/hubmend}" fix --write "$samples"
  set -- "$samples"/*.yaml
fi
venv=$work/venv
[ -x "$venv/bin/python" ] || {
  "${PYTHON313:-python3.13}" -m venv "$venv"
  "$venv/bin/pip" install --quiet 'localstack-core[runtime]==4.14.0' \
    'cbor2<6' 'pyopenssl<26' 'cryptography<47' service-identity
}

# Hypercorn binds the address it is given; localstack's own server would bind every interface.
port=4577
GATEWAY_LISTEN=127.0.0.1:$port GATEWAY_SERVER=hypercorn OVERRIDE_IN_DOCKER=0 DNS_ADDRESS=0 \
  LOCALSTACK_HOST=127.0.0.1:$port DISABLE_EVENTS=1 SKIP_SSL_CERT_DOWNLOAD=1 \
  FILESYSTEM_ROOT=$(mktemp -d "$work/run.XXXXXX") \
  "$venv/bin/python" -m localstack.runtime.main > "$work/localstack.log" 2>&1 &
server=$!
trap 'kill $server; wait $server || true' EXIT
for _ in $(seq 60); do
  curl --silent --fail --output /dev/null "http://127.0.0.1:$port/_localstack/health" && break
  kill -0 $server || { cat "$work/localstack.log" >&2; exit 1; }
  sleep 1
done
"$venv/bin/python" "$here/localstack/deploy.py" "http://127.0.0.1:$port" "$@"
echo "passed"
