#!/usr/bin/env bash
# What do open streams cost a gateway: so many at once in a heap of 400 MB, how long until all of them are told of a new place, and
# what does Redis hear of it? All tokens are of one room, whose tick comes every second.
#
#   mvn -q package -DskipTests && load-tests/streams.sh [streams; 20,000 where a process may have so many descriptors]
#
# Needs redis-server, redis-cli, wrk, node, curl and a JDK 25 (with jcmd) as JAVA_HOME or java; a descriptor for each stream and 500 more.
set -euo pipefail

. "$(dirname "$0")/gateway/gateway.sh"
ulimit -n "$(ulimit -Hn)"
descriptors=$(ulimit -n | sed 's/unlimited/1000000/')
streams=${1:-$((descriptors < 20500 ? descriptors - 500 : 20000))}
[[ $((streams + 500)) -le $descriptors ]] || { echo "no more than $descriptors descriptors to a process: fewer streams" >&2; exit 1; }

gateway 400m "${nobody_inside[@]}" "$unlimited" --stagedoor.gateway.max-streams="$streams" --stagedoor.gateway.max-connections=$((streams + 1000))
tokens "$work/tokens" "$streams"
sed -n "1,${streams}p" "$work/tokens" > "$work/those"

said() { # word: until the one who has opened all streams says it
  until grep -q "^$1" "$work/told"; do
    kill -0 "$client" 2> /dev/null || grep -q "^$1" "$work/told" || { echo "nobody has said $1:" >&2; tail -3 "$work/gateway.log" >&2; exit 1; }
    sleep 0.2
  done
}
commands() { redis-cli -p 28379 info stats | tr -d '\r' | sed -n 's/^total_commands_processed://p'; }

sleep 2
before=$(heap "$gateway")
mkfifo "$work/go"
node load-tests/gateway/streams.mjs http://127.0.0.1:28080 "$work/those" < "$work/go" > "$work/told" &
client=$!
pids+=("$client")
exec 3> "$work/go"
said open
after=$(heap "$gateway")
asked=$(commands) spent=$(ticks "$gateway")
sleep 10
asked=$(($(commands) - asked)) spent=$(($(ticks "$gateway") - spent))
echo >&3
said told
told=$(sed -n 's/^told //p' "$work/told")
awk -v n="$streams" -v heap="$after" -v before="$before" -v told="$told" -v asked="$asked" -v spent="$spent" -v hz="$tick" 'BEGIN {
  printf "streams: %d open, heap %d MB, %.1f KB each, told within %d ms, Redis heard %.1f commands a second, processor %.0f %%\n", n, heap / 1024, (heap - before) / n, told, asked / 10, spent * 10 / hz}'
