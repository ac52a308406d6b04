#!/usr/bin/env bash
# Guests who join over HTTP, as many as can: how many in the first ten seconds after a gateway says that it is ready, and then in windows; what one
# costs the gateway and Redis in processor time, the share of a core that Redis takes, and the time to the answer. Generator, gateway and Redis share
# this machine. Nobody polls, so all are forgotten after 49 s and the line stays as long as it is. Beside it nginx, which answers the same request with
# a constant text.
#
#   mvn -q package -DskipTests && load-tests/joins.sh [seconds of a window] [windows]         # 600 1 for ten minutes
#   mvn -q -Paot verify -DskipTests && HOW=cache load-tests/joins.sh                           # as the image runs it, with the AOT cache
#
# Needs redis-server, redis-cli, nginx, wrk, curl and a JDK 25 as JAVA_HOME or java.
set -euo pipefail

seconds=${1:-10}
windows=${2:-3}
cd "$(dirname "$0")/.."
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
jar=${JAR:-$(ls queue-gateway/target/queue-gateway-*-exec.jar)}
work=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2> /dev/null; wait 2> /dev/null; rm -rf "$work"' EXIT

key() { head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '='; }
redis-server --port 28379 --save '' --appendonly no > /dev/null &
redis=$!
cat > "$work/nginx.conf" << CONF
worker_processes auto;
pid $work/nginx.pid;
error_log $work/error.log;
daemon off;
events { worker_connections 4096; }
http { access_log off; keepalive_requests 10000000;
       server { listen 127.0.0.1:28090 backlog=4096; default_type application/json; location / { return 201 '$(printf '%0420d' 0)'; } } }
CONF
nginx -p "$work" -c "$work/nginx.conf" 2> /dev/null &
nginx=$!
if [[ ${HOW:-} = cache ]]; then
  folder=queue-gateway/target/service program=(@java-options -XX:AOTCache=service.aot -jar service.jar)
else
  folder=. program=(-XX:+UseG1GC --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow -jar "$jar")
fi
(cd "$folder" && exec "$java" -Xmx1g ${JAVA_OPTIONS:-} "${program[@]}" \
  --spring.data.redis.url=redis://127.0.0.1:28379 --stagedoor.upstream.url=http://127.0.0.1:28091 --stagedoor.gateway.port=28080 \
  --stagedoor.gateway.management-port=28081 --stagedoor.gateway.recover-at-start=false --stagedoor.gateway.unlimited-addresses=127.0.0.1 \
  --stagedoor.rooms.main.capacity=1 --stagedoor.rooms.main.session=1h --stagedoor.rooms.main.max-session=0 --stagedoor.rooms.main.claim-timeout=1h --stagedoor.rooms.main.max-waiting=3000000 \
  --stagedoor.keys.queue="k:$(key)" --stagedoor.keys.pass="k:$(key)" --stagedoor.keys.access="k:$(key)") > "$work/log" 2>&1 &
gateway=$!
pids+=("$redis" "$nginx" "$gateway")
for _ in $(seq 600); do
  ! curl -sf http://127.0.0.1:28081/actuator/health/readiness > /dev/null || break
  kill -0 "$gateway" 2> /dev/null || { tail -20 "$work/log" >&2; exit 1; }
  sleep 0.1
done
echo 'wrk.method = "POST"' > "$work/post.lua"

ticks() { # of a process and its children
  local of all=0 fields
  for of in "$1" $(pgrep -P "$1" || true); do
    read -ra fields < <(sed 's/.*) //' "/proc/$of/stat")
    all=$((all + fields[11] + fields[12]))
  done
  echo "$all"
}
asked=0
window() { # name, server, seconds, url
  local before redis_before
  before=$(ticks "$2") redis_before=$(ticks "$redis")
  wrk -t1 -c64 "-d$3s" --latency -s "$work/post.lua" "$4" > "$work/out"
  if grep -q Non-2xx "$work/out"; then echo "answers were not 2xx" >&2; cat "$work/out" >&2; exit 1; fi
  awk -v name="$1" -v hz="$(getconf CLK_TCK)" -v of=$(($(ticks "$2") - before)) -v redis=$(($(ticks "$redis") - redis_before)) -v s="$3" '
    /99%/ {p99 = $2} /requests in/ {n = $1}
    END {printf "%-22s  %6.0f/s  p99 %s  %.1f us, Redis %.1f us, %.0f %% of a core\n", name, n / s, p99, of * 1e6 / hz / n, redis * 1e6 / hz / n, redis * 100 / hz / s}' "$work/out"
}
joins() {
  window "$1" "$gateway" "$2" http://127.0.0.1:28080/api/v1/queue/tokens
  asked=$((asked + $(awk '/requests in/ {print $1}' "$work/out")))
}

echo "$(nproc) cores, $("$java" -version 2>&1 | sed -n 2p), wrk -t1 -c64, $(date -u +%FT%RZ)"
joins 'join, first 10 s' 10
for i in $(seq "$windows"); do
  joins 'join, guests' "$seconds"
  window 'nginx static, POST' "$nginx" 5 http://127.0.0.1:28090/
done

# When wrk ends, it does not wait for those that are under way.
joined=$(redis-cli -p 28379 HGET 'wr:{main}:state' joined)
if (( joined < asked || joined > asked + 64 * (windows + 1) )); then echo "$asked were told that they have joined, but $joined have" >&2; exit 1; fi
