#!/usr/bin/env bash
# What does a poll cost beside nginx answering a static body of the same size, and an admitted request beside nginx,
# HAProxy and Spring Cloud Gateway with its RequestRateLimiter, forwarding to the same upstream? And what does a
# verdict cost, asked for directly and by nginx? First of all in
# processor time of the server per request, read from /proc, its children included; requests per second, which the
# load generator on the same machine dilutes, stand beside it, and what the request costs Redis: ours hears of who is inside
# once a second, the RequestRateLimiter asks it each time. Everything over loopback, runs taking turns.
#
#   mvn -q package -DskipTests && mvn -q -f load-tests/spring-cloud-gateway package
#   load-tests/gateway-beside-peers.sh [seconds per run] [rounds] [tokens of the many]
#
# Needs redis-server, nginx, haproxy, wrk, h2load, curl and a JDK 25 as JAVA_HOME or java. A peer that is not there is left out.
set -euo pipefail

seconds=${1:-5}
rounds=${2:-3}
many=${3:-300000}
. "$(dirname "$0")/gateway/gateway.sh"
peer=$(ls load-tests/spring-cloud-gateway/target/spring-cloud-gateway-peer-*.jar 2> /dev/null || true)
declare -A pid

has() { command -v "$1" > /dev/null; }
answers() { until curl -sf "$1" > /dev/null; do sleep 0.3; done; }

gateway 1g "${one_inside[@]}" "$unlimited" --stagedoor.verdict.port=28083
pid[gateway]=$gateway
if [ -n "$peer" ]; then
  "$java" -Xmx1g "${java_options[@]}" -jar "$peer" --spring.data.redis.url=redis://127.0.0.1:28379 --upstream=http://127.0.0.1:28091 --server.port=28082 > "$work/cloud.log" 2>&1 &
  pid[cloud]=$!
  pids+=("${pid[cloud]}")
  answers http://127.0.0.1:28082/actuator/health
fi

active=$(join)
TOKENS=$work/tokens wrk -t1 -c64 -d1s -s load-tests/gateway/joins.lua "$url/tokens" > /dev/null
waiting=$(tail -n 1 "$work/tokens")
sleep 2
poll=$(curl -s -H "Queue-Token: $waiting" "$url/tokens/current")

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
  upstream verdicts { server 127.0.0.1:28091; keepalive 256; keepalive_requests 10000000; }
  upstream ours { server 127.0.0.1:28083; keepalive 256; keepalive_requests 10000000; }
  server { listen 28090 backlog=4096; default_type application/json;
           location / { add_header Cache-Control no-store; add_header Retry-After 1; return 200 '$poll'; } }
  server { listen 28092 backlog=4096; location / { proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass http://shop; } }
  server { listen 28093 backlog=4096;
           location / { auth_request /verdict; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass http://shop; }
           location = /verdict { internal; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass_request_body off; proxy_pass http://verdicts; } }
  server { listen 28095 backlog=4096;
           location / { auth_request /verdict; auth_request_set \$pass \$upstream_http_stagedoor_pass; proxy_http_version 1.1; proxy_set_header Connection "";
                        proxy_set_header Stagedoor-Pass \$pass; proxy_pass http://shop; }
           location = /verdict { internal; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass_request_body off; proxy_set_header Content-Length "";
                                 proxy_set_header X-Original-URI \$request_uri; proxy_set_header X-Original-Method \$request_method; proxy_set_header Host \$http_host;
                                 proxy_set_header X-Forwarded-Proto \$scheme; proxy_set_header X-Forwarded-For \$remote_addr; proxy_pass http://ours/verdict/nginx; } }
}
CONF
nginx -p "$work" -c "$work/nginx.conf" &
pid[nginx]=$!
pids+=("${pid[nginx]}")
static 28091 1 "return 200 '$poll';"
if has haproxy; then
  cat > "$work/haproxy.cfg" << CONF
global
  maxconn 8000
defaults
  mode http
  timeout connect 2s
  timeout client 30s
  timeout server 30s
  http-reuse always
frontend public
  bind 127.0.0.1:28094
  default_backend shop
backend shop
  server one 127.0.0.1:28091
CONF
  haproxy -f "$work/haproxy.cfg" &
  pid[haproxy]=$!
  pids+=("${pid[haproxy]}")
fi
answers http://127.0.0.1:28092/

# What a browser sends beside its cookie.
browser=(-H 'Accept: */*' -H 'Accept-Encoding: gzip, deflate, br' -H 'Accept-Language: ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7' -H 'Cache-Control: no-cache' -H 'Pragma: no-cache'
  -H 'Referer: http://127.0.0.1:28080/shop/concerts/1' -H 'Sec-Fetch-Dest: empty' -H 'Sec-Fetch-Mode: cors' -H 'Sec-Fetch-Site: same-origin'
  -H 'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36')

run() { # name, whose time, url, what wrk is told; sets micros
  local name=$1 process=${pid[$2]} url=$3 before after before_redis after_redis requests
  shift 3
  before=$(ticks "$process") before_redis=$(ticks "$redis")
  wrk -t1 -c64 -d"${seconds}s" --latency "$@" "$url" > "$work/out"
  after=$(ticks "$process") after_redis=$(ticks "$redis")
  if grep -q 'Non-2xx' "$work/out"; then echo "$name: answers were not 2xx" >&2; exit 1; fi
  requests=$(awk '/requests in/ {print $1}' "$work/out")
  micros=$(awk -v t=$((after - before)) -v hz="$tick" -v n="$requests" 'BEGIN {printf "%.1f", t * 1e6 / hz / n}')
  printf '%-34s %7s us   %9s req/s   p99 %-8s   Redis %5.1f us\n' "$name" "$micros" "$(awk '/Requests\/sec/ {print $2}' "$work/out")" "$(awk '/99%/ {print $2}' "$work/out")" \
    "$(awk -v t=$((after_redis - before_redis)) -v hz="$tick" -v n="$requests" 'BEGIN {print t * 1e6 / hz / n}')"
}

current=$url/tokens/current
seats=http://127.0.0.1:28080/api/v1/seats
poll_header() { run 'poll, header' gateway $current -H "Queue-Token: $waiting"; }
poll_cookie() { run 'poll, cookie, browser' gateway "$current?room=main" "${browser[@]}" -H "Cookie: theme=dark; queue-main=$waiting; lang=ko"; }
forward_header() { run 'forward, header' gateway $seats -H "Queue-Token: $active"; }
forward_cookie() { run 'forward, cookie, browser' gateway $seats "${browser[@]}" -H "Cookie: theme=dark; queue-main=$active; lang=ko"; }
asked=(-H 'X-Original-URI: /api/v1/seats' -H 'X-Original-Method: GET' -H 'X-Forwarded-Proto: http' -H 'X-Forwarded-For: 127.0.0.1')
verdict() { run 'verdict' gateway http://127.0.0.1:28083/verdict/nginx "${asked[@]}" -H "Queue-Token: $active"; }
beside_nginx() { # what both of them cost together
  local before after
  before=$(ticks "${pid[gateway]}")
  run 'nginx, our verdict, proxy_pass' nginx http://127.0.0.1:28095/api/v1/seats -H "Queue-Token: $active"
  after=$(ticks "${pid[gateway]}")
  awk -v t=$((after - before)) -v hz="$tick" -v n="$(awk '/requests in/ {print $1}' "$work/out")" \
    'BEGIN {printf "%-34s %7.1f us\n", "  of it the gateway, beside nginx", t * 1e6 / hz / n}'
}
refused() { curl -s -o /dev/null -w '%{http_code}' $seats | grep -q 401; }
cloud() { run 'Spring Cloud Gateway' cloud http://127.0.0.1:28082/api/v1/seats -H "Queue-Token: $active"; }

warm() { # until two windows in a row differ by less than 3 %
  local former=0
  for _ in $(seq 12); do
    "$1" > /dev/null
    if awk -v a="$former" -v b="$micros" 'BEGIN {exit !(a > 0 && (a - b) / b < 0.03 && (b - a) / b < 0.03)}'; then return; fi
    former=$micros
  done
  echo "$1 was not warm after 12 windows" >&2
}

machine "$(nginx -v 2>&1), wrk -t1 -c64 -d${seconds}s, body $(printf %s "$poll" | wc -c) bytes"
refused
for what in poll_header poll_cookie forward_header forward_cookie verdict ${peer:+cloud}; do warm "$what"; done
for _ in $(seq "$rounds"); do
  run 'nginx static' nginx http://127.0.0.1:28090/ -H "Queue-Token: $waiting"
  poll_header
  poll_cookie
  run 'nginx proxy_pass' nginx http://127.0.0.1:28092/api/v1/seats -H "Queue-Token: $active"
  forward_header
  forward_cookie
  verdict
  beside_nginx
  run 'nginx auth_request, proxy_pass' nginx http://127.0.0.1:28093/api/v1/seats -H "Queue-Token: $active"
  [ -z "${pid[haproxy]:-}" ] || run 'haproxy' haproxy http://127.0.0.1:28094/api/v1/seats -H "Queue-Token: $active"
  [ -z "$peer" ] || cloud
done

# Many tokens beside one, by the same generator: it takes its time to make each request.
export TOKENS=$work/many
tokens "$TOKENS" "$many"
sleep 3
tail -n 1 "$TOKENS" > "$work/one"
many_tokens() { run "poll, $(wc -l < "$work/many") tokens" gateway $current -s load-tests/gateway/tokens.lua; }
one_token() { TOKENS=$work/one run 'poll, one token, same way' gateway $current -s load-tests/gateway/tokens.lua; }
warm many_tokens
for _ in $(seq "$rounds"); do
  one_token
  many_tokens
done

# Latency at a rate that comes whether or not the answers do, up to where no more are answered: what a visitor feels.
curve() { # what, who, url, what h2load is told, --, rates
  local what=$1 who=$2 url=$3 told=() rate
  shift 3
  while [ "$1" != -- ]; do told+=("$1"); shift; done
  shift
  for rate in "$@"; do
    rm -f "$work/log"
    h2load --h1 -t1 -c64 --rps="$(awk -v rate="$rate" 'BEGIN {print rate / 64}')" -D"$seconds" --log-file="$work/log" "${told[@]}" "$url" > "$work/out"
    sort -n -k3,3 "$work/log" | awk -v what="$what" -v who="$who" -v offered="$rate" -v seconds="$seconds" '
      {time[NR] = $3; if ($2 < 200 || $2 > 299) failed++}
      function part(p) {i = int(p * NR); return time[i < 1 ? 1 : i] / 1000}
      END {printf "curve\t%s\t%s\t%d\t%d\t%.2f\t%.2f\t%.2f\t%d\n", what, who, offered, NR / seconds, part(0.5), part(0.99), part(0.999), failed}' | tee "$work/point"
    if awk -F '\t' '{exit !($5 < $4 * 0.9)}' "$work/point"; then break; fi
  done
}
if has h2load; then
  printf '{}' > "$work/any-room" # an empty file it does not send
  polls=(5000 10000 20000 30000 40000 50000 60000 70000 80000)
  forwards=(2500 5000 10000 15000 20000 25000 30000 40000 50000)
  curve poll Stagedoor $current -H "Queue-Token: $waiting" -- "${polls[@]}"
  curve poll 'nginx static' http://127.0.0.1:28090/ -H "Queue-Token: $waiting" -- "${polls[@]}"
  curve join Stagedoor "$url/tokens" -d "$work/any-room" -H 'Content-Type: application/json' -- 1000 2500 5000 10000 15000 20000 25000 30000 40000
  curve join 'nginx static' http://127.0.0.1:28090/ -d "$work/any-room" -H 'Content-Type: application/json' -- 1000 2500 5000 10000 15000 20000 25000 30000 40000
  curve forward Stagedoor $seats -H "Queue-Token: $active" -- "${forwards[@]}"
  curve forward 'nginx proxy_pass' http://127.0.0.1:28092/api/v1/seats -H "Queue-Token: $active" -- "${forwards[@]}"
  curve forward 'nginx auth_request, proxy_pass' http://127.0.0.1:28093/api/v1/seats -H "Queue-Token: $active" -- "${forwards[@]}"
  [ -z "${pid[haproxy]:-}" ] || curve forward haproxy http://127.0.0.1:28094/api/v1/seats -H "Queue-Token: $active" -- "${forwards[@]}"
fi
