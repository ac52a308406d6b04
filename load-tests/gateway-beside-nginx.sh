#!/usr/bin/env bash
# How fast is a poll beside nginx answering a static body of the same size, and an admitted request beside
# nginx proxying to the same upstream? Everything on this machine, over loopback, runs taking turns.
#
#   mvn -q package -DskipTests && load-tests/gateway-beside-nginx.sh [seconds per run] [rounds]
#
# Needs redis-server, nginx, wrk, curl and a JDK 25 as JAVA_HOME or java.
set -euo pipefail

seconds=${1:-10}
rounds=${2:-3}
cd "$(dirname "$0")/.."
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
jar=$(ls queue-gateway/target/queue-gateway-*-exec.jar)
work=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2> /dev/null; wait 2> /dev/null; rm -rf "$work"' EXIT

key() { head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '='; }

redis-server --port 18379 --save '' --appendonly no > /dev/null &
pids+=($!)

"$java" -Xmx1g -XX:+UseG1GC --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow ${JAVA_OPTIONS:-} -jar "$jar" \
  --spring.data.redis.url=redis://127.0.0.1:18379 --stagedoor.upstream.url=http://127.0.0.1:18091 \
  --stagedoor.gateway.port=18080 --stagedoor.gateway.management-port=18081 \
  --stagedoor.gateway.recover-at-start=false --stagedoor.rooms.main.capacity=1 \
  --stagedoor.keys.queue="k:$(key)" --stagedoor.keys.pass="k:$(key)" --stagedoor.keys.access="k:$(key)" \
  > "$work/gateway.log" 2>&1 &
pids+=($!)
until curl -sf http://127.0.0.1:18081/actuator/health > /dev/null; do sleep 0.5; done

join() { curl -s -X POST http://127.0.0.1:18080/api/v1/queue/tokens | sed 's/.*"token":"\([^"]*\)".*/\1/'; }
active=$(join)
waiting=$(join)
sleep 2
poll=$(curl -s -H "Queue-Token: $waiting" http://127.0.0.1:18080/api/v1/queue/tokens/current)

cat > "$work/nginx.conf" << CONF
worker_processes 2;
pid $work/nginx.pid;
error_log $work/error.log;
daemon off;
events { worker_connections 4096; }
http {
  access_log off;
  keepalive_requests 10000000;
  upstream shop { server 127.0.0.1:18091; keepalive 256; keepalive_requests 10000000; }
  server { listen 18090 backlog=4096; default_type application/json;
           location / { add_header Cache-Control no-store; add_header Retry-After 1; return 200 '$poll'; } }
  server { listen 18091 backlog=4096; default_type application/json; location / { return 200 '$poll'; } }
  server { listen 18092 backlog=4096; location / { proxy_http_version 1.1; proxy_set_header Connection "";
           proxy_pass http://shop; } }
}
CONF
nginx -p "$work" -c "$work/nginx.conf" &
pids+=($!)
sleep 1

run() { # name, url, header
  wrk -t2 -c64 -d"${seconds}s" --latency -H "$3" "$2" > "$work/out"
  if grep -q 'Non-2xx' "$work/out"; then echo "$1: answers were not 2xx" >&2; exit 1; fi
  printf '%-18s %10s req/s   p99 %s\n' "$1" "$(awk '/Requests\/sec/ {print $2}' "$work/out")" "$(awk '/99%/ {print $2}' "$work/out")"
}

echo "$(nproc) cores, $(uname -m), $("$java" -version 2>&1 | sed -n 2p), $(nginx -v 2>&1), wrk -t2 -c64 -d${seconds}s, body $(printf %s "$poll" | wc -c) bytes"
# The compiler of the JVM needs its time: the load generator leaves it little of two cores.
for _ in 1 2 3 4 5; do
  run 'warm-up poll' http://127.0.0.1:18080/api/v1/queue/tokens/current "Queue-Token: $waiting" > /dev/null
  run 'warm-up forward' http://127.0.0.1:18080/api/v1/seats "Queue-Token: $active" > /dev/null
done
for _ in $(seq "$rounds"); do
  run 'nginx static' http://127.0.0.1:18090/api/v1/queue/tokens/current "Queue-Token: $waiting"
  run 'poll' http://127.0.0.1:18080/api/v1/queue/tokens/current "Queue-Token: $waiting"
  run 'nginx proxy_pass' http://127.0.0.1:18092/api/v1/seats "Queue-Token: $active"
  run 'forward' http://127.0.0.1:18080/api/v1/seats "Queue-Token: $active"
done
