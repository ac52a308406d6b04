#!/usr/bin/env bash
# How fast is a poll beside nginx answering a static body of the same size, and an admitted request beside nginx
# and beside Spring Cloud Gateway with its RequestRateLimiter, forwarding to the same upstream? Everything on this
# machine, over loopback, runs taking turns; both gateways on the same JVM with the same options and one Redis.
#
#   mvn -q package -DskipTests && mvn -q -f load-tests/spring-cloud-gateway package
#   load-tests/gateway-beside-peers.sh [seconds per run] [rounds] [rounds of warm-up]
#
# Needs redis-server, nginx, wrk, curl and a JDK 25 as JAVA_HOME or java.
set -euo pipefail

seconds=${1:-10}
rounds=${2:-3}
warmups=${3:-8}
cd "$(dirname "$0")/.."
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
jar=$(ls queue-gateway/target/queue-gateway-*-exec.jar)
peer=$(ls load-tests/spring-cloud-gateway/target/spring-cloud-gateway-peer-*.jar)
work=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2> /dev/null; wait 2> /dev/null; rm -rf "$work"' EXIT

key() { head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '='; }

redis-server --port 28379 --save '' --appendonly no > /dev/null &
pids+=($!)

start() { # jar, where its log goes, what it is told
  local jar=$1 log=$2
  shift 2
  "$java" -Xmx1g -XX:+UseG1GC --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow ${JAVA_OPTIONS:-} \
    -jar "$jar" --spring.data.redis.url=redis://127.0.0.1:28379 "$@" > "$work/$log" 2>&1 &
  pids+=($!)
}
start "$jar" gateway.log --stagedoor.upstream.url=http://127.0.0.1:28091 \
  --stagedoor.gateway.port=28080 --stagedoor.gateway.management-port=28081 \
  --stagedoor.gateway.recover-at-start=false --stagedoor.rooms.main.capacity=1 --stagedoor.rooms.main.session=1h \
  --stagedoor.keys.queue="k:$(key)" --stagedoor.keys.pass="k:$(key)" --stagedoor.keys.access="k:$(key)"
start "$peer" peer.log --upstream=http://127.0.0.1:28091 --server.port=28082
until curl -sf http://127.0.0.1:28081/actuator/health > /dev/null; do sleep 0.5; done
until curl -sf http://127.0.0.1:28082/actuator/health > /dev/null; do sleep 0.5; done

join() { curl -s -X POST http://127.0.0.1:28080/api/v1/queue/tokens | sed 's/.*"token":"\([^"]*\)".*/\1/'; }
active=$(join)
waiting=$(join)
sleep 2
poll=$(curl -s -H "Queue-Token: $waiting" http://127.0.0.1:28080/api/v1/queue/tokens/current)

cat > "$work/nginx.conf" << CONF
worker_processes 2;
pid $work/nginx.pid;
error_log $work/error.log;
daemon off;
events { worker_connections 4096; }
http {
  access_log off;
  keepalive_requests 10000000;
  upstream shop { server 127.0.0.1:28091; keepalive 256; keepalive_requests 10000000; }
  server { listen 28090 backlog=4096; default_type application/json;
           location / { add_header Cache-Control no-store; add_header Retry-After 1; return 200 '$poll'; } }
  server { listen 28091 backlog=4096; default_type application/json; location / { return 200 '$poll'; } }
  server { listen 28092 backlog=4096; location / { proxy_http_version 1.1; proxy_set_header Connection "";
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
our_poll() { run "$1" http://127.0.0.1:28080/api/v1/queue/tokens/current "Queue-Token: $waiting"; }
our_forward() { run "$1" http://127.0.0.1:28080/api/v1/seats "Queue-Token: $active"; }
peer_forward() { run "$1" http://127.0.0.1:28082/api/v1/seats "Queue-Token: $active"; }
asked() { redis-cli -p 28379 info commandstats | sed -n 's/^cmdstat_eval[a-z]*:calls=\([0-9]*\),.*/\1/p' | paste -sd+ | bc; }

# The compilers of the JVMs need their time: the load generator leaves them little of two cores.
for _ in $(seq "$warmups"); do
  our_poll 'warm-up' > /dev/null
  our_forward 'warm-up' > /dev/null
  peer_forward 'warm-up' > /dev/null
  sleep 3
done
for _ in $(seq "$rounds"); do
  run 'nginx static' http://127.0.0.1:28090/api/v1/queue/tokens/current "Queue-Token: $waiting"
  our_poll 'poll'
  run 'nginx proxy_pass' http://127.0.0.1:28092/api/v1/seats "Queue-Token: $active"
  our_forward 'forward'
  before=$(asked)
  peer_forward 'spring cloud'
  [ $(($(asked) - before)) -gt 1000 ] || { echo 'spring cloud gateway did not ask Redis' >&2; exit 1; }
done
