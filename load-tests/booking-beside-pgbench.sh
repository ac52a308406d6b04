#!/usr/bin/env bash
# How many reserve-and-pay journeys a second does the booking service do, beside pgbench calling the same functions of the
# same PostgreSQL under keys of its own; what processor time does a journey cost the JVM, PostgreSQL and Redis; and how
# long do a thousand wait who want one seat, beside nginx that refuses the same thousand? Everything on this machine,
# over loopback, runs taking turns.
#
#   mvn -q package -DskipTests && load-tests/booking-beside-pgbench.sh [seconds per run] [rounds] [most seconds of warm-up]
#
# Needs redis-server, postgres, pgbench, nginx, wrk, openssl, xxd, curl and a JDK 25 as JAVA_HOME or java. PostgreSQL keeps
# its defaults, so a commit waits for the disk; FSYNC=off for what is left without it, POSTGRES=/usr/lib/postgresql/18/bin for another one.
set -euo pipefail

seconds=${1:-10}
rounds=${2:-3}
warm_up=${3:-120}
clients=${CLIENTS:-32}
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/.."
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
jar=$(ls booking-service/target/booking-service-*-exec.jar)
postgres=${POSTGRES:-$(dirname "$(ls /usr/lib/postgresql/*/bin/postgres | tail -1)")}
work=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2> /dev/null; wait 2> /dev/null; rm -rf "$work"' EXIT

as_postgres=()
[[ $EUID -ne 0 ]] || as_postgres=(setpriv --reuid postgres --regid postgres --init-groups)
encoded() { base64 -w 0 | tr '+/' '-_' | tr -d '='; }

mkdir "$work/data" && chmod 755 "$work"
[[ $EUID -ne 0 ]] || chown postgres "$work/data"
"${as_postgres[@]}" "$postgres/initdb" -D "$work/data" -U sale --auth trust > /dev/null
"${as_postgres[@]}" "$postgres/postgres" -D "$work/data" -p 18432 -k "$work/data" -c "fsync=${FSYNC:-on}" > "$work/postgres.log" 2>&1 &
database=$!
pids+=("$database")
redis-server --port 18379 --save '' --appendonly no > /dev/null &
redis=$!
pids+=("$redis")
export PGHOST=127.0.0.1 PGPORT=18432 PGUSER=sale PGDATABASE=postgres
until psql -qc 'SELECT 1' > /dev/null 2>&1; do sleep 0.2; done

secret=$(head -c 32 /dev/urandom | xxd -p -c 64)
pass_key="k:$(printf %s "$secret" | xxd -r -p | encoded)"
access_key="k:$(head -c 32 /dev/urandom | encoded)"

start() { # port, management port, settings
  "$java" -Xmx1g -XX:+UseG1GC --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow ${JAVA_OPTIONS:-} -jar "$jar" \
    --stagedoor.booking.port="$1" --stagedoor.booking.management-port="$2" \
    --stagedoor.keys.pass="$pass_key" --stagedoor.keys.access="$access_key" --stagedoor.admin.password="bench$(printf %s "$secret" | head -c 16)" \
    --spring.data.redis.url=redis://127.0.0.1:18379 --spring.r2dbc.url=r2dbc:postgresql://127.0.0.1:18432/postgres --spring.r2dbc.username=sale \
    --spring.flyway.url=jdbc:postgresql://127.0.0.1:18432/postgres --spring.flyway.user=sale "${@:3}" > "$work/booking-$1.log" 2>&1 &
  started=$!
  pids+=("$started")
  until curl -sf "http://127.0.0.1:$2/actuator/health" > /dev/null; do sleep 0.5; done
}
start 18081 18082
service=$started
start 18083 18084 --stagedoor.booking.lock.redis=false
start 18085 18086 --stagedoor.booking.lock.enabled=false

psql -q << 'SQL'
CREATE TABLE bench_user AS SELECT n, ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid AS id FROM generate_series(0, 499) AS n;
ALTER TABLE bench_user ADD PRIMARY KEY (n);
INSERT INTO users (id, name) SELECT id, 'bench' FROM bench_user;
INSERT INTO account (user_id, balance) SELECT id, 9000000000000 FROM bench_user;
INSERT INTO concert (title, artist, venue, time_zone) VALUES ('Bench', 'Bench', 'Bench', 'UTC');
SQL

# Passes as the gateway signs them, but of an hour.
sign() { openssl dgst -sha256 -mac HMAC -macopt "hexkey:$secret" -binary; }
header=$(printf '{"kid":"k","typ":"stagedoor-pass+jwt","alg":"HS256"}' | encoded)
now=$(date +%s)
psql -qAtc 'SELECT id FROM bench_user ORDER BY n' | while read -r id; do
  user=$(printf %s "$id" | tr -d '-' | xxd -r -p | encoded)
  claims=$(printf '{"sub":"%s","room":"main","seq":1,"iat":%d,"exp":%d}' "$user" "$now" $((now + 3600)) | encoded)
  echo "$header.$claims.$(printf %s "$header.$claims" | sign | encoded)"
done > "$work/passes"
cat "$work/passes" "$work/passes" > "$work/crowd"

# Puts on 40 evenings with 1,000 seats each; the number of the first. No user may be refused for having enough.
evenings() {
  psql -qAt << 'SQL'
WITH put_on AS (
    INSERT INTO schedule (concert_id, starts_at, concert_date, sales_open_at, sales_close_at, seat_count, seats_per_user)
    SELECT 1, day, day, now(), day, 1000, 1000
    FROM (SELECT current_date + (SELECT count(*) FROM schedule)::int + n AS day FROM generate_series(1, 40) AS n) AS days
    RETURNING id
), seats AS (
    INSERT INTO seat (schedule_id, seat_number, price) SELECT id, number, 50000 FROM put_on, generate_series(1, 1000) AS number
)
SELECT min(id) FROM put_on;
ANALYZE;
SQL
}

# Processor time so far, in ticks, of a process, or of a server with all that it has started.
ticks() { awk '{sub(/.*\) /, ""); print $12 + $13}' "/proc/$1/stat"; }
family() {
  { awk '{sub(/.*\) /, ""); print $12 + $13 + $14 + $15}' "/proc/$1/stat"
    for child in $(cat "/proc/$1/task/$1/children"); do ticks "$child" 2> /dev/null || true; done
  } | awk '{sum += $1} END {print sum}'
}
tick=$(getconf CLK_TCK)
each() { # ticks before, ticks after, journeys: milliseconds each
  awk -v spent=$(($2 - $1)) -v tick="$tick" -v all="$3" 'BEGIN {printf "%.2f", all ? spent * 1000 / tick / all : 0}'
}

service() { # name, seconds
  local first line before after journeys
  first=$(evenings)
  before=("$(ticks "$service")" "$(family "$database")" "$(ticks "$redis")")
  line=$(wrk -t2 -c"$clients" -d"${2}s" --timeout 10s -s load-tests/booking/journeys.lua http://127.0.0.1:18081 -- "$work/passes" "$first" 20000 | tail -1)
  after=("$(ticks "$service")" "$(family "$database")" "$(ticks "$redis")")
  rate=$(awk '{print $2}' <<< "$line")
  journeys=$((rate * $2))
  printf '%-10s %s; ms of processor each: JVM %s PostgreSQL %s Redis %s\n' "$1" "$line" "$(each "${before[0]}" "${after[0]}" "$journeys")" \
    "$(each "${before[1]}" "${after[1]}" "$journeys")" "$(each "${before[2]}" "${after[2]}" "$journeys")"
}

bench() {
  local first line before journeys
  first=$(evenings)
  before=$(family "$database")
  # The plans that the service asks for.
  line=$(PGOPTIONS='-c plan_cache_mode=force_generic_plan' \
    pgbench -n -M prepared -c 16 -j 2 -T "$seconds" -D first="$first" -D i=0 -D clients=16 -f load-tests/booking/journey.sql 2>&1 |
    awk '/^tps/ {tps = $3} /failed trans/ {failed = $5} /ERROR/ {print} END {printf "journeys/s %.0f failed %s\n", tps, failed}')
  journeys=$(($(awk 'END {print $2}' <<< "$line") * seconds))
  printf '%-10s %s; ms of processor each: PostgreSQL %s\n' pgbench "$line" "$(each "$before" "$(family "$database")" "$journeys")"
}

evening=0 seat=0
stampede() { # name, port
  if (( seat % 1000 == 0 )); then evening=$(evenings); fi
  seat=$((seat + 1))
  printf '%-24s ' "$1"
  wrk -t2 -c1000 -d4s --timeout 10s -s load-tests/booking/stampede.lua "http://127.0.0.1:$2" -- "$work/crowd" "$evening" "$seat" 500 | tail -1
}

echo "$(nproc) cores, $(uname -m), $("$java" -version 2>&1 | sed -n 2p), $("$postgres/postgres" --version), fsync ${FSYNC:-on}, wrk -t2 -c$clients -d${seconds}s"
# The compiler of the JVM needs its time: warm is who has not got faster by more than a twentieth in 15 seconds.
last=0 rate=1
for (( warm = 0; warm < warm_up && rate * 20 > last * 21; warm += 15 )); do
  last=$rate
  service warm-up 15 > "$work/warm"
  rate=$(awk '{print $3}' "$work/warm")
  cat "$work/warm"
done
for _ in $(seq "$rounds"); do
  service service "$seconds"
  bench
done

# Time of a journey at a rate that comes whether or not earlier ones are done.
point() { # who, offered, achieved, p50, p99, failed: times in ms
  printf 'curve\tjourney\t%s\t%d\t%d\t%s\t%s\t\t%d\n' "$@"
}
for rate in ${RATES:-50 100 200 300 400 500 600 800}; do
  line=$(RATE=$rate wrk -t2 -c256 -d"${seconds}s" --timeout 10s -s load-tests/booking/journeys.lua http://127.0.0.1:18081 -- "$work/passes" "$(evenings)" 20000 | tail -1)
  read -r _ achieved _ p50 _ _ p99 _ _ failed _ <<< "$line"
  point Stagedoor "$rate" "$achieved" "$p50" "$p99" "$failed"
  (( achieved * 10 >= rate * 9 )) || break
done
for rate in ${RATES:-50 100 200 300 400 500 600 800}; do
  (cd "$work" && PGOPTIONS='-c plan_cache_mode=force_generic_plan' pgbench -n -M prepared -c 64 -j 2 -T "$seconds" -R "$rate" -l --log-prefix="log-$rate" \
    -D first="$(evenings)" -D i=0 -D clients=64 -f "$here/booking/journey.sql" > /dev/null 2>&1)
  sort -n -k3,3 "$work/log-$rate".* | awk -v seconds="$seconds" '{time[NR] = $3} END {printf "%d %.1f %.1f\n", NR / seconds, time[int((NR + 1) / 2)] / 1000, time[int(NR * 0.99)] / 1000}' > "$work/point"
  read -r achieved p50 p99 < "$work/point"
  point pgbench "$rate" "$achieved" "$p50" "$p99" 0
  (( achieved * 10 >= rate * 9 )) || break
done

cat > "$work/nginx.conf" << NGINX
daemon off; pid $work/nginx.pid; error_log stderr crit; worker_processes 2;
events { worker_connections 4096; }
http { access_log off; server { listen 127.0.0.1:18087 backlog=4096;
  location / { default_type application/problem+json; return 409 '{"type":"about:blank","title":"Taken","status":409,"code":"seat-contended"}'; } } }
NGINX
nginx -e stderr -c "$work/nginx.conf" &
pids+=($!)
for _ in $(seq 20); do
  stampede 'warm-up' 18081 > /dev/null
  stampede 'warm-up' 18083 > /dev/null
  stampede 'warm-up' 18085 > /dev/null
done
for _ in $(seq "$rounds"); do
  stampede 'stampede with lock' 18081
  stampede 'stampede without Redis' 18083
  stampede 'stampede without lock' 18085
  stampede 'nginx refusing' 18087
done
