#!/usr/bin/env bash
# What do open streams cost a gateway: so many at once in a heap of 400 MB, how long until all of them are told of a new place, and
# what does Redis hear of it? All tokens are of one room, whose tick comes every second.
#
#   mvn -q package -DskipTests && load-tests/streams.sh [streams]
#
# Needs redis-server, redis-cli, wrk, node, curl and a JDK 25 (with jcmd) as JAVA_HOME or java; a descriptor for each stream and 500 more.
set -euo pipefail

streams=${1:-20000}
cd "$(dirname "$0")/.."
here=$PWD/load-tests/gateway
bin=${JAVA_HOME:+$JAVA_HOME/bin/}
jar=$(ls queue-gateway/target/queue-gateway-*-exec.jar)
work=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2> /dev/null; wait 2> /dev/null; rm -rf "$work"' EXIT
ulimit -n $((streams + 500)) || { echo "no more than $(ulimit -Hn) descriptors to a process: fewer streams" >&2; exit 1; }

key() { head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '='; }
redis-server --port 28379 --save '' --appendonly no > /dev/null &
pids+=($!)
"${bin}java" -Xmx400m -XX:+UseG1GC --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow ${JAVA_OPTIONS:-} -jar "$jar" \
  --spring.data.redis.url=redis://127.0.0.1:28379 --stagedoor.upstream.url=http://127.0.0.1:28091 --stagedoor.gateway.port=28080 \
  --stagedoor.gateway.management-port=28081 --stagedoor.gateway.recover-at-start=false --stagedoor.gateway.unlimited-addresses=127.0.0.1 \
  --stagedoor.gateway.max-streams="$streams" --stagedoor.gateway.max-connections=$((streams + 1000)) \
  --stagedoor.rooms.main.mode=HOLD --stagedoor.rooms.main.idle-timeout=1h \
  --stagedoor.keys.queue="k:$(key)" --stagedoor.keys.pass="k:$(key)" --stagedoor.keys.access="k:$(key)" > "$work/gateway.log" 2>&1 &
gateway=$!
pids+=("$gateway")
until curl -sf http://127.0.0.1:28081/actuator/health/readiness > /dev/null; do sleep 0.3; done

export TOKENS=$work/tokens
: > "$TOKENS"
while (( $(wc -l < "$TOKENS") < streams )); do
  wrk -t1 -c16 -d1s -s "$here/joins.lua" http://127.0.0.1:28080/api/v1/queue/tokens > /dev/null
done
sed -n "1,${streams}p" "$TOKENS" > "$work/those"

heap() { # KB in use, after a collection
  "${bin}jcmd" "$gateway" GC.run > /dev/null
  "${bin}jcmd" "$gateway" GC.heap_info | grep -o 'used [0-9]*K' | head -1 | tr -dc '0-9'
}
processor() { awk '{sub(/.*\) /, ""); print $12 + $13}' "/proc/$gateway/stat"; }
commands() { redis-cli -p 28379 info stats | tr -d '\r' | sed -n 's/^total_commands_processed://p'; }

sleep 2
before=$(heap)
mkfifo "$work/go"
node "$here/streams.mjs" http://127.0.0.1:28080 "$work/those" < "$work/go" > "$work/told" &
pids+=($!)
exec 3> "$work/go"
until grep -q '^open' "$work/told"; do sleep 0.5; kill -0 "$gateway"; done
after=$(heap)
asked=$(commands) spent=$(processor)
sleep 10
asked=$(($(commands) - asked)) spent=$(($(processor) - spent))
echo >&3
until grep -q '^told' "$work/told"; do sleep 0.2; kill -0 "$gateway"; done
told=$(sed -n 's/^told //p' "$work/told")
awk -v n="$streams" -v heap="$after" -v before="$before" -v told="$told" -v asked="$asked" -v spent="$spent" -v hz="$(getconf CLK_TCK)" 'BEGIN {
  printf "streams: %d open, heap %d MB, %.1f KB each, told within %d ms, Redis heard %.1f commands a second, processor %.0f %%\n", n, heap / 1024, (heap - before) / n, told, asked / 10, spent * 10 / hz}'
