#!/usr/bin/env bash
# How soon is a service ready, and what does a request cost in its first seconds, beside the same service when it is warm? In processor time of the
# service, its compilers included, read from /proc: what else the machine does counts little. Polls and forwards of a gateway (first 5 s), journeys of a
# booking service (hold and pay, first 15 s), each after a start of its own, with a rehearsal, and with the AOT cache too: in five minutes.
#
#   mvn -q -Paot verify -DskipTests && load-tests/cold-start.sh [windows until warm]
#
# Needs redis-server, nginx, wrk, curl, postgres, openssl, xxd and a JDK 25 as JAVA_HOME or java. HOW='plain rehearsed cache' for without a rehearsal, too.
set -euo pipefail

windows=${1:-2}
how=${HOW:-rehearsed cache}
. "$(dirname "$0")/booking/sale.sh"
static 28091 1 "return 200 '{\"seats\": []}';"
queue=(--spring.data.redis.url=redis://127.0.0.1:18379 --stagedoor.upstream.url=http://127.0.0.1:28091 --stagedoor.gateway.recover-at-start=false
  --stagedoor.gateway.port=28080 --stagedoor.gateway.management-port=28081 --stagedoor.gateway.unlimited-addresses=127.0.0.1
  --stagedoor.rooms.main.capacity=1 --stagedoor.rooms.main.claim-timeout=1h --stagedoor.rooms.main.session=1h --stagedoor.rooms.main.max-session=0 --stagedoor.rooms.main.idle-timeout=1h
  --stagedoor.keys.queue="$(key)" "${sale[0]}" "${sale[1]}")
shop=("${sale[@]}" --stagedoor.booking.port=28080 --stagedoor.booking.management-port=28081)

start() { # folder, how, settings; sets service and ready
  local begun options=() rehearsal=true
  [[ $2 != plain ]] || rehearsal=false
  [[ $2 != cache ]] || options=(-XX:AOTCache=service.aot)
  begun=$(date +%s%N)
  (cd "$1/target/service" && exec "$java" @java-options "${options[@]}" -jar service.jar "${@:3}" --stagedoor.rehearsal=$rehearsal) > "$work/log" 2>&1 &
  service=$!
  pids+=("$service")
  ready 28081 "$service" "$work/log"
  ready=$((($(date +%s%N) - begun) / 1000000))
  ready_cpu=$(cpu)
}
stop() { kill "$service" && wait "$service" || true; }
cpu() { echo $(($(ticks "$service") * 1000 / tick)); } # ms that the service has had
join() { curl -s -X POST http://127.0.0.1:28080/api/v1/queue/tokens | sed 's/.*"token":"\([^"]*\)".*/\1/'; }

# Each sets rate and micros.
polls() { requests http://127.0.0.1:28080/api/v1/queue/tokens/current "$waiting"; }
forwards() { requests http://127.0.0.1:28080/api/v1/seats "$active"; }
requests() { # url, token
  local before after
  before=$(cpu)
  wrk -t1 -c64 -d5s -H "Queue-Token: $2" "$1" > "$work/out"
  after=$(cpu)
  if grep -q Non-2xx "$work/out"; then echo "answers were not 2xx" >&2; cat "$work/out" >&2; exit 1; fi
  rate=$(awk '/Requests\/sec/ {printf "%d", $2}' "$work/out")
  micros=$(awk -v t=$((after - before)) '/requests in/ {printf "%.1f", t * 1000 / $1}' "$work/out")
}
journeys() {
  local first before after
  first=$(evenings)
  before=$(cpu)
  wrk -t2 -c32 -d15s --timeout 10s -s load-tests/booking/journeys.lua http://127.0.0.1:28080 -- "$work/passes" "$first" 20000 | tail -1 > "$work/out"
  after=$(cpu)
  rate=$(awk '{print $2}' "$work/out")
  if ! grep -q 'failed 0 ' "$work/out" || [[ $rate = 0 ]]; then echo "journeys failed" >&2; cat "$work/out" >&2; exit 1; fi
  micros=$(awk -v t=$((after - before)) '{printf "%.1f", t * 1000 / $2 / 15}' "$work/out")
}

declare -A called=([plain]='without a rehearsal' [rehearsed]='rehearsed' [cache]='rehearsed, AOT cache')
measure() { # how, kind, seconds of a window, folder, settings
  local first first_rate
  start "$4" "$1" "${@:5}"
  $2
  first=$micros first_rate=$rate
  for _ in $(seq "$windows"); do $2; done
  stop
  awk -v n="${called[$1]}" -v k="$2" -v s="$3" -v r="$ready" -v c="$ready_cpu" -v a="$first" -v ar="$first_rate" -v b="$micros" -v br="$rate" \
    'BEGIN {printf "%-22s %-8s ready after %5d ms (%5d of CPU); first %d s %6.1f us, %5d/s; warm %5.1f us, %5d/s: %.2f\n", n, k, r, c, s, a, ar, b, br, b / a}'
  grep -h Rehearsed "$work/log" | sed 's/.*Rehearsed/    Rehearsed/' || true
}

machine wrk
start queue-gateway plain "${queue[@]}"
active=$(join)
waiting=$(join)
sleep 2
curl -sf -o /dev/null -H "Queue-Token: $waiting" http://127.0.0.1:28080/api/v1/queue/tokens/current # who is never seen again has a place for 49 s only
stop
for one in $how; do
  measure "$one" polls 5 queue-gateway "${queue[@]}"
  measure "$one" forwards 5 queue-gateway "${queue[@]}"
done
start booking-service plain "${shop[@]}"
people
stop
for one in $how; do measure "$one" journeys 15 booking-service "${shop[@]}"; done
