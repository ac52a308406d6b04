# Sourced by what measures a gateway: a Redis of its own, and a gateway with one room in front of port 28091.
. "$(dirname "${BASH_SOURCE[0]}")/../machine.sh"

url=http://127.0.0.1:28080/api/v1/queue
jar=${JAR:-$(ls queue-gateway/target/queue-gateway-*-exec.jar)}
redis_at 28379
queue_key=$(key)
unlimited=--stagedoor.gateway.unlimited-addresses=127.0.0.1
# Whoever is inside stays there, and everybody else waits.
one_inside=(--stagedoor.rooms.main.capacity=1 --stagedoor.rooms.main.session=1h --stagedoor.rooms.main.max-session=0 --stagedoor.rooms.main.claim-timeout=1h --stagedoor.rooms.main.idle-timeout=1h)
nobody_inside=(--stagedoor.rooms.main.mode=HOLD --stagedoor.rooms.main.idle-timeout=1h)

gateway() { # heap, settings; sets gateway
  "$java" "-Xmx$1" -XX:+ExitOnOutOfMemoryError "${java_options[@]}" -jar "$jar" \
    --spring.data.redis.url=redis://127.0.0.1:28379 --stagedoor.upstream.url=http://127.0.0.1:28091 --stagedoor.gateway.port=28080 \
    --stagedoor.gateway.management-port=28081 --stagedoor.gateway.recover-at-start=false \
    --stagedoor.keys.queue="$queue_key" --stagedoor.keys.pass="$(key)" --stagedoor.keys.access="$(key)" "${@:2}" > "$work/gateway.log" 2>&1 &
  gateway=$!
  pids+=("$gateway")
  ready 28081 "$gateway" "$work/gateway.log"
}

join() { curl -s -X POST "$url/tokens" | sed 's/.*"token":"\([^"]*\)".*/\1/'; }

tokens() { # file, so many at least: joins until it holds them
  : > "$1"
  while (( $(wc -l < "$1") < $2 )); do TOKENS=$1 wrk -t1 -c64 -d1s -s load-tests/gateway/joins.lua "$url/tokens" > /dev/null; done
}

limits() { # what has gone beyond a limit
  curl -s http://127.0.0.1:28081/actuator/prometheus | grep '^stagedoor_limits_total' | grep -v ' 0.0$' || true
}
