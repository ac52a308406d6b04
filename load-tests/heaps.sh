#!/usr/bin/env bash
# Is the memory of a gateway bounded by what it is given? Heaps of 256, 512 and 1024 MB, each under floods of joins, of streams and of polls with
# many tokens at the same time, more of each than the limits that follow from the heap. Whoever is told to come back is told so properly, nobody
# breaks it, and afterwards it is as good as new. In three minutes.
#
#   mvn -q package -DskipTests && load-tests/heaps.sh [seconds of a flood] [MB ...]
#
# Needs redis-server, redis-cli, wrk, curl and a JDK 25 (with jcmd) as JAVA_HOME or java; some 16,000 descriptors.
set -euo pipefail

seconds=${1:-20}
shift || true
heaps=${*:-256 512 1024}
cd "$(dirname "$0")/.."
here=$PWD/load-tests/gateway
bin=${JAVA_HOME:+$JAVA_HOME/bin/}
jar=$(ls queue-gateway/target/queue-gateway-*-exec.jar)
work=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2> /dev/null; wait 2> /dev/null; rm -rf "$work"' EXIT
ulimit -n 16000
url=http://127.0.0.1:28080/api/v1/queue
key() { head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '='; }

redis-server --port 28379 --save '' --appendonly no > /dev/null &
pids+=($!)

flood() { # name, connections, url, more of wrk: how it was answered
  wrk -t1 -c"$2" -d"${seconds}s" --timeout 30s "${@:4}" "$3" > "$work/$1" 2>&1
}
heap() { # MB in use, after a collection
  "${bin}jcmd" "$gateway" GC.run > /dev/null
  "${bin}jcmd" "$gateway" GC.heap_info | grep -o 'used [0-9]*K' | head -1 | tr -dc '0-9' | awk '{printf "%d", $1 / 1024}'
}
answers() { awk '/requests in/ {all = $1} /Non-2xx/ {other = $NF} /Socket errors/ {sub(/,$/, "", $NF); broken = $0; sub(/.*errors: /, "", broken)} END {printf "%d, %d not 2xx%s", all, other, broken ? ", " broken : ""}' "$work/$1"; }

echo "$(nproc) cores, $("${bin}java" -version 2>&1 | sed -n 2p), ${seconds} s of each flood, $(date -u +%FT%RZ)"
for mb in $heaps; do
  redis-cli -p 28379 flushall > /dev/null
  "${bin}java" -Xmx"${mb}m" -XX:+UseG1GC -XX:+ExitOnOutOfMemoryError --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow ${JAVA_OPTIONS:-} \
    -jar "$jar" --spring.data.redis.url=redis://127.0.0.1:28379 --stagedoor.upstream.url=http://127.0.0.1:28091 --stagedoor.gateway.port=28080 \
    --stagedoor.gateway.management-port=28081 --stagedoor.gateway.recover-at-start=false --stagedoor.gateway.unlimited-addresses=127.0.0.1 \
    --stagedoor.rooms.main.mode=HOLD --stagedoor.rooms.main.idle-timeout=1h --stagedoor.rooms.main.max-waiting=0 --stagedoor.rehearsal=false \
    --stagedoor.keys.queue="k:$(key)" --stagedoor.keys.pass="k:$(key)" --stagedoor.keys.access="k:$(key)" > "$work/log" 2>&1 &
  gateway=$!
  pids+=("$gateway")
  until curl -sf http://127.0.0.1:28081/actuator/health/readiness > /dev/null; do kill -0 "$gateway"; sleep 0.3; done
  export TOKENS=$work/tokens
  : > "$TOKENS"
  while (( $(wc -l < "$TOKENS") < 5000 )); do wrk -t1 -c64 -d1s -s "$here/joins.lua" "$url/tokens" > /dev/null; done
  before=$(heap)

  (unset TOKENS; flood joins 500 "$url/tokens" -s "$here/joins.lua") & joins=$!
  flood streams $((mb * 10 < 4000 ? mb * 10 : 4000)) "$url/events" -s "$here/tokens.lua" & streams=$!
  flood polls 1000 "$url/tokens/current" -s "$here/tokens.lua" & polls=$!
  sleep $((seconds - 2))
  open=$(ls "/proc/$gateway/fd" | wc -l)
  wait "$joins" "$streams" "$polls" || true
  [[ $(answers polls) != 0,* ]] || { echo "nobody polled:" >&2; cat "$work/polls" >&2; exit 1; }

  kill -0 "$gateway" 2> /dev/null || { echo "heap of $mb MB: the gateway is gone" >&2; tail -5 "$work/log" >&2; exit 1; }
  if grep -q OutOfMemory "$work/log"; then echo "heap of $mb MB: $(grep OutOfMemory "$work/log" | head -1)" >&2; exit 1; fi
  sleep 2
  again=$(curl -s -o /dev/null -w '%{http_code}' -X POST "$url/tokens")
  [[ $again == 201 ]] || { echo "heap of $mb MB: a join is answered by $again afterwards" >&2; exit 1; }
  echo "heap of $mb MB: joins $(answers joins); descriptors $open; polls $(answers polls); used before $before MB, after $(heap) MB"
  curl -s http://127.0.0.1:28081/actuator/prometheus | grep -E '^(stagedoor_limits_total|jvm_gc_pause_seconds_(max|sum))' | grep -v ' 0.0$' | sed 's/^/    /' || true
  kill "$gateway" && wait "$gateway" || true
done
