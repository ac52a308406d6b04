#!/usr/bin/env bash
# How soon is a gateway ready, and what does a request cost in its first five seconds, beside the same gateway when it is warm? In processor time of the
# gateway, its compilers included, read from /proc: what else the machine does counts little. Polls and forwards, each after a start of its own: without a
# rehearsal, with one, and with an AOT cache that was made of one.
#
#   mvn -q -Paot verify -DskipTests && load-tests/cold-start.sh [windows of 5 s until warm]
#
# Needs redis-server, nginx, wrk, curl and a JDK 25 as JAVA_HOME or java.
set -euo pipefail

windows=${1:-4}
cd "$(dirname "$0")/.."
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
work=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2> /dev/null; wait 2> /dev/null; rm -rf "$work"' EXIT

key() { head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '='; }
redis-server --port 28379 --save '' --appendonly no > /dev/null &
pids+=($!)
cat > "$work/nginx.conf" << CONF
worker_processes 1;
pid $work/nginx.pid;
error_log $work/error.log;
daemon off;
events { worker_connections 4096; }
http { access_log off; keepalive_requests 10000000;
       server { listen 127.0.0.1:28091 backlog=4096; default_type application/json; location / { return 200 '{"seats": []}'; } } }
CONF
nginx -p "$work" -c "$work/nginx.conf" &
pids+=($!)

service=queue-gateway/target/service
settings=(--spring.data.redis.url=redis://127.0.0.1:28379 --stagedoor.upstream.url=http://127.0.0.1:28091 --stagedoor.gateway.recover-at-start=false
  --stagedoor.gateway.port=28080 --stagedoor.gateway.management-port=28081 --stagedoor.gateway.unlimited-addresses=127.0.0.1
  --stagedoor.rooms.main.capacity=1 --stagedoor.rooms.main.claim-timeout=1h --stagedoor.rooms.main.session=1h --stagedoor.rooms.main.max-session=0 --stagedoor.rooms.main.idle-timeout=1h
  "--stagedoor.keys.queue=k:$(key)" "--stagedoor.keys.pass=k:$(key)" "--stagedoor.keys.access=k:$(key)")

start() { # what Java is told; sets gateway and ready
  local begun
  begun=$(date +%s%N)
  (cd $service && exec "$java" @java-options "$@" -jar service.jar "${settings[@]}" --stagedoor.rehearsal=$rehearsal) > "$work/log" 2>&1 &
  gateway=$!
  pids+=("$gateway")
  until curl -sf http://127.0.0.1:28081/actuator/health/readiness > /dev/null; do sleep 0.05; done
  ready=$((($(date +%s%N) - begun) / 1000000))
  ready_cpu=$(cpu)
}
cpu() { # ms that the gateway has had
  local fields
  read -ra fields < <(sed 's/.*) //' "/proc/$gateway/stat")
  echo $(((fields[11] + fields[12]) * 1000 / $(getconf CLK_TCK)))
}
stop() { kill "$gateway" && wait "$gateway" || true; }
join() { curl -s -X POST http://127.0.0.1:28080/api/v1/queue/tokens | sed 's/.*"token":"\([^"]*\)".*/\1/'; }
load() { # url, token; sets rate and micros
  local before after
  before=$(cpu)
  wrk -t1 -c64 -d5s -H "Queue-Token: $2" "$1" > "$work/out"
  after=$(cpu)
  if grep -q Non-2xx "$work/out"; then echo "answers were not 2xx" >&2; cat "$work/out" >&2; exit 1; fi
  rate=$(awk '/Requests\/sec/ {printf "%d", $2}' "$work/out")
  micros=$(awk -v t=$((after - before)) '/requests in/ {printf "%.1f", t * 1000 / $1}' "$work/out")
}
measure() { # name, what Java is told
  local name=$1 kind url token first first_rate
  shift
  for kind in polls forwards; do
    if [ $kind = polls ]; then url=http://127.0.0.1:28080/api/v1/queue/tokens/current token=$waiting; else url=http://127.0.0.1:28080/api/v1/seats token=$active; fi
    start "$@"
    load "$url" "$token"
    first=$micros first_rate=$rate
    for _ in $(seq "$windows"); do load "$url" "$token"; done
    stop
    awk -v n="$name" -v k=$kind -v r="$ready" -v c="$ready_cpu" -v a="$first" -v ar="$first_rate" -v b="$micros" -v br="$rate" \
      'BEGIN {printf "%-22s %-8s ready after %5d ms (%5d of CPU); first 5 s %6.1f us, %5d/s; warm %5.1f us, %5d/s: %.2f\n", n, k, r, c, a, ar, b, br, b / a}'
    grep -h Rehearsed "$work/log" | sed 's/.*Rehearsed/    Rehearsed/' || true
  done
}

echo "$(nproc) cores, $("$java" -version 2>&1 | sed -n 2p), wrk -t1 -c64 -d5s, $(date -u +%FT%RZ)"
rehearsal=false
start
active=$(join)
waiting=$(join)
sleep 2
stop
measure 'without a rehearsal'
rehearsal=true
measure 'rehearsed'
measure 'rehearsed, AOT cache' -XX:AOTCache=service.aot
rehearsal=false
measure 'AOT cache alone' -XX:AOTCache=service.aot
