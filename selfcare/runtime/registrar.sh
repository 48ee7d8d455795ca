#!/bin/bash
# Keeps Kamailio in the registrar's image, which has no Python; a checkout has `manage.py registrar` and its supervisor.
# The database goes by libpq's own variables (PGHOST, PGPORT, PGDATABASE, PGPASSWORD): a command line is everybody's
# to read. SIP_PORT is for telephones, RPC_PORT for the portal; the latter belongs into a network of theirs alone.
set -eu
port=${SIP_PORT:-5060}
trap 'exit 0' TERM INT

# Started without its database, Kamailio hangs and does not even end when it is asked to.
until (exec 3<>"/dev/tcp/$PGHOST/${PGPORT:-5432}") 2>/dev/null; do sleep 1; done

# A locked table shall cost a telephone a second and not a process of the registrar.
export PGAPPNAME=registrar PGOPTIONS="-c statement_timeout=500" PGCONNECT_TIMEOUT=3
kamailio -DD -E -f "${CONFIG:-/etc/kamailio/kamailio.cfg}" -m 256 -M 8 -w "$PWD" -Y "$PWD" \
  -l "udp:0.0.0.0:$port" -l "tcp:0.0.0.0:$port" \
  -A "DATABASE=\"postgres://selfcare_registrar@/$PGDATABASE\"" -A "RPC=\"udp:0.0.0.0:${RPC_PORT:-9060}\"" &
kamailio=$!
trap 'kill "$kamailio" 2>/dev/null || true' TERM INT

# One that hangs neither ends nor serves: whoever keeps this container starts it again.
# (sipsak wants its own host to have a name, unless it is told one.)
unanswered=0
while kill -0 "$kamailio" 2>/dev/null; do
  unanswered=$((unanswered + 1))
  if timeout 2 sipsak -H 127.0.0.1 -s "sip:127.0.0.1:$port" >/dev/null 2>&1; then unanswered=0; fi
  if [ "$unanswered" -ge 10 ]; then
    echo "Kamailio does not answer." >&2
    exit 1
  fi
  sleep 2 &
  wait $! || true
done
wait "$kamailio"
