#!/usr/bin/env bash
# What becomes of a gateway with 256 MB of heap, and of those who are there, while somebody with 200 networks tries what
# it can: pipelined requests behind streams, streams, a million tokens good and bad, bodies that drip in. Afterwards its
# heap must come back and its processor rest.
#
#   mvn -q package -DskipTests && load-tests/siege.sh [tokens of each kind, default 1000000] [part of the name of the only attack]
#
# Needs redis-server, nginx, curl, Maven and a JDK 25 as JAVA_HOME or java.
set -euo pipefail

. "$(dirname "$0")/gateway/gateway.sh"
static 28091 1 "return 200 'hello';"
gateway 256m "${one_inside[@]}"
measurement connection.SiegeMeasurement 28080 "$gateway" "$queue_key" "${1:-1000000}" "${2:-}"
limits
