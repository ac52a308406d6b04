#!/usr/bin/env bash
# Is the memory of a gateway bounded by what it is given? Heaps of 256, 512 and 1024 MB, each under floods of joins, of streams and of polls with
# many tokens at the same time, more of each than the limits that follow from the heap. Whoever is told to come back is told so properly, nobody
# breaks it, and afterwards it is as good as new. In three minutes.
#
#   mvn -q package -DskipTests && load-tests/heaps.sh [seconds of a flood] [MB ...]
#
# Needs redis-server, redis-cli, wrk, node, curl and a JDK 25 (with jcmd) as JAVA_HOME or java; some 16,000 descriptors.
set -euo pipefail

seconds=${1:-20}
shift || true
heaps=${*:-256 512 1024}
. "$(dirname "$0")/gateway/gateway.sh"
ulimit -n 16000

flood() { # name, connections, url, more of wrk: how it was answered
  wrk -t1 -c"$2" -d"${seconds}s" --timeout 30s "${@:4}" "$3" > "$work/$1" 2>&1
}
answers() { awk '/requests in/ {all = $1} /Non-2xx/ {other = $NF} /Socket errors/ {sub(/,$/, "", $NF); broken = $0; sub(/.*errors: /, "", broken)} END {printf "%d, %d not 2xx%s", all, other, broken ? ", " broken : ""}' "$work/$1"; }

machine "${seconds} s of each flood"
for mb in $heaps; do
  redis-cli -p 28379 flushall > /dev/null
  gateway "${mb}m" "${nobody_inside[@]}" "$unlimited" --stagedoor.rooms.main.max-waiting=0 --stagedoor.rehearsal=false
  export TOKENS=$work/tokens
  tokens "$TOKENS" 5000
  before=$(($(heap "$gateway") / 1024))

  (unset TOKENS; flood joins 500 "$url/tokens" -s load-tests/gateway/joins.lua) & joins=$!
  sed -n "1,$((mb * 10 < 4500 ? mb * 10 : 4500))p" "$TOKENS" > "$work/those"
  node load-tests/gateway/streams.mjs http://127.0.0.1:28080 "$work/those" crowded < /dev/null > "$work/streams" 2>&1 & streams=$!
  flood polls 1000 "$url/tokens/current" -s load-tests/gateway/tokens.lua & polls=$!
  sleep $((seconds - 2))
  open=$(ls "/proc/$gateway/fd" | wc -l)
  wait "$joins" "$polls" || true
  kill "$streams" 2> /dev/null && wait "$streams" || { echo "heap of $mb MB: somebody's stream failed" >&2; cat "$work/streams" >&2; exit 1; }
  grep -q '^open [1-9]' "$work/streams" || { echo "heap of $mb MB: nobody has a stream:" >&2; cat "$work/streams" >&2; exit 1; }
  [[ $(answers polls) != 0,* ]] || { echo "nobody polled:" >&2; cat "$work/polls" >&2; exit 1; }

  kill -0 "$gateway" 2> /dev/null || { echo "heap of $mb MB: the gateway is gone" >&2; tail -5 "$work/gateway.log" >&2; exit 1; }
  if grep -q OutOfMemory "$work/gateway.log"; then echo "heap of $mb MB: $(grep OutOfMemory "$work/gateway.log" | head -1)" >&2; exit 1; fi
  sleep 2
  again=$(curl -s -o /dev/null -w '%{http_code}' -X POST "$url/tokens")
  [[ $again == 201 ]] || { echo "heap of $mb MB: a join is answered by $again afterwards" >&2; exit 1; }
  echo "heap of $mb MB: joins $(answers joins); streams $(paste -sd' ' "$work/streams"); descriptors $open; polls $(answers polls); used before $before MB, after $(($(heap "$gateway") / 1024)) MB"
  curl -s http://127.0.0.1:28081/actuator/prometheus | grep -E '^(stagedoor_limits_total|jvm_gc_pause_seconds_(max|sum))' | grep -v ' 0.0$' | sed 's/^/    /' || true
  kill "$gateway" && wait "$gateway" || true
done
