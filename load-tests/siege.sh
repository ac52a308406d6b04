#!/usr/bin/env bash
# What becomes of a gateway with 256 MB of heap, and of those who are there, while somebody with 200 networks tries what
# it can: pipelined requests behind streams, streams, a million tokens good and bad, bodies that drip in. Afterwards its
# heap must come back and its processor rest.
#
#   mvn -q package -DskipTests && load-tests/siege.sh [tokens of each kind, default 1000000] [part of the name of the only attack]
#
# Needs redis-server, nginx, curl, Maven and a JDK 25 as JAVA_HOME or java.
set -euo pipefail

cd "$(dirname "$0")/.."
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
jar=$(ls queue-gateway/target/queue-gateway-*-exec.jar)
work=$(mktemp -d)
declare -A pid
trap 'kill "${pid[@]}" 2> /dev/null; wait 2> /dev/null; rm -rf "$work"' EXIT
key() { head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '='; }
queue="k:$(key)"

redis-server --port 28379 --save '' --appendonly no > /dev/null &
pid[redis]=$!
cat > "$work/nginx.conf" << CONF
worker_processes 1;
pid $work/nginx.pid;
error_log $work/error.log;
daemon off;
events { worker_connections 4096; }
http { access_log off; keepalive_requests 10000000; server { listen 28091; location / { return 200 'hello'; } } }
CONF
nginx -p "$work" -c "$work/nginx.conf" &
pid[upstream]=$!
"$java" -Xmx256m -XX:+UseG1GC -XX:+ExitOnOutOfMemoryError --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow ${JAVA_OPTIONS:-} \
  -jar "$jar" --spring.data.redis.url=redis://127.0.0.1:28379 --stagedoor.upstream.url=http://127.0.0.1:28091 \
  --stagedoor.gateway.port=28080 --stagedoor.gateway.management-port=28081 --stagedoor.gateway.recover-at-start=false \
  --stagedoor.rooms.main.capacity=1 --stagedoor.rooms.main.session=1h --stagedoor.rooms.main.max-session=0 --stagedoor.rooms.main.idle-timeout=1h \
  --stagedoor.keys.queue="$queue" --stagedoor.keys.pass="k:$(key)" --stagedoor.keys.access="k:$(key)" > "${LOG:-$work/gateway.log}" 2>&1 &
pid[gateway]=$!
until curl -sf http://127.0.0.1:28081/actuator/health > /dev/null; do sleep 0.3; done

mvn -q -pl queue-gateway -am test-compile dependency:build-classpath -Dmdep.outputFile="$work/classpath" -Dmdep.includeScope=test
classes=$(ls -d {queue-gateway,common,dev-services}/target/classes queue-gateway/target/test-classes | paste -sd:)
"$java" -Xmx1g -cp "$classes:$(cat "$work/classpath")" dev.stagedoor.gateway.connection.SiegeMeasurement 28080 "${pid[gateway]}" "$queue" "${1:-1000000}" "${2:-}"
curl -s http://127.0.0.1:28081/actuator/prometheus | grep '^stagedoor_limits_total' | grep -v ' 0.0$' || true
