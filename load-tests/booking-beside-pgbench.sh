#!/usr/bin/env bash
# How many reserve-and-pay journeys a second does the booking service do, beside pgbench calling the same functions of the
# same PostgreSQL under keys of its own; what processor time does a journey cost the JVM, PostgreSQL and Redis; and how
# long do a thousand wait who want one seat, beside nginx that refuses the same thousand? Everything on this machine,
# over loopback, runs taking turns.
#
#   mvn -q package -DskipTests && load-tests/booking-beside-pgbench.sh [seconds per run] [rounds] [most seconds of warm-up]
#
# PARTS="journeys" or "beside" or "curves" or "stampede" leaves the others out; "beside" is what several seats at once cost,
# and what others notice of one user who sends sixty-four requests at a time; "curves" is the time of a journey over their rate.
#
# Needs redis-server, postgres, pgbench, nginx, wrk, openssl, xxd, curl and a JDK 25 as JAVA_HOME or java. PostgreSQL keeps
# its defaults, so a commit waits for the disk; FSYNC=off for what is left without it, POSTGRES=/usr/lib/postgresql/18/bin for another one.
set -euo pipefail

seconds=${1:-10}
rounds=${2:-3}
warm_up=${3:-120}
clients=${CLIENTS:-32}
parts=${PARTS:-journeys beside curves stampede}
. "$(dirname "$0")/booking/sale.sh"
start 18081 18082
service=$started
if [[ $parts == *stampede* ]]; then
  start 18083 18084 --stagedoor.booking.lock.redis=false
  start 18085 18086 --stagedoor.booking.lock.enabled=false
fi

people
cat "$work/passes" "$work/passes" > "$work/crowd"

each() { # ticks before, ticks after, journeys: milliseconds each
  awk -v spent=$(($2 - $1)) -v tick="$tick" -v all="$3" 'BEGIN {printf "%.2f", all ? spent * 1000 / tick / all : 0}'
}

service() { # name, seconds
  local first line before after journeys
  first=$(evenings)
  before=("$(ticks "$service")" "$(ticks "$database")" "$(ticks "$redis")")
  line=$(wrk -t2 -c"$clients" -d"${2}s" --timeout 10s -s load-tests/booking/journeys.lua http://127.0.0.1:18081 -- "${buyers:-$work/passes}" "$first" 20000 | tail -1)
  after=("$(ticks "$service")" "$(ticks "$database")" "$(ticks "$redis")")
  rate=$(awk '{print $2}' <<< "$line")
  journeys=$((rate * $2))
  printf '%-11s %s; ms of processor each: JVM %s PostgreSQL %s Redis %s\n' "$1" "$line" "$(each "${before[0]}" "${after[0]}" "$journeys")" \
    "$(each "${before[1]}" "${after[1]}" "$journeys")" "$(each "${before[2]}" "${after[2]}" "$journeys")"
}

bench() {
  local first line before journeys
  first=$(evenings)
  before=$(ticks "$database")
  # The plans that the service asks for.
  line=$(PGOPTIONS='-c plan_cache_mode=force_generic_plan' \
    pgbench -n -M prepared -c 16 -j 2 -T "$seconds" -D first="$first" -D i=0 -D clients=16 -f load-tests/booking/journey.sql 2>&1 |
    awk '/^tps/ {tps = $3} /failed trans/ {failed = $5} /ERROR/ {print} END {printf "journeys/s %.0f failed %s\n", tps, failed}')
  journeys=$(($(awk 'END {print $2}' <<< "$line") * seconds))
  printf '%-11s %s; ms of processor each: PostgreSQL %s\n' pgbench "$line" "$(each "$before" "$(ticks "$database")" "$journeys")"
}

evening=0 seat=0
stampede() { # name, port
  if (( seat % 1000 == 0 )); then evening=$(evenings); fi
  seat=$((seat + 1))
  printf '%-24s ' "$1"
  wrk -t2 -c1000 -d4s --timeout 10s -s load-tests/booking/stampede.lua "http://127.0.0.1:$2" -- "$work/crowd" "$evening" "$seat" 500 | tail -1
}

machine "$("$postgres/postgres" --version), fsync ${FSYNC:-on}, wrk -t2 -c$clients -d${seconds}s"
# The compiler of the JVM needs its time: warm is who has not got faster by more than a twentieth twice in 15 seconds.
warm() { # what does 15 seconds of it, and sets rate
  local seconds best=0 tired=0
  for (( seconds = 0; seconds < warm_up && tired < 2; seconds += 15 )); do
    "$@"
    if (( rate * 20 > best * 21 )); then best=$rate tired=0; else tired=$((tired + 1)); fi
  done
}
journeys() {
  service warm-up 15 > "$work/warm"
  rate=$(awk '{print $3}' "$work/warm")
  cat "$work/warm"
}
warm journeys
if [[ $parts == *journeys* ]]; then
  for _ in $(seq "$rounds"); do
    service service "$seconds"
    bench
  done
fi
if [[ $parts == *beside* ]]; then
  head -498 "$work/passes" > "$work/others"
  for _ in $(seq "$rounds"); do
    buyers=$work/others
    service alone "$seconds"
    SEATS=4 service 'four seats' "$seconds"
    wrk -t1 -c64 -d"$((seconds + 2))s" -s load-tests/booking/flood.lua http://127.0.0.1:18081 -- "$(tail -1 "$work/passes")" "$(evenings)" > "$work/flood" &
    flood=$!
    sleep 1
    service 'and a flood' "$seconds"
    wait "$flood"
    printf '%-11s %s\n' 'the flood' "$(grep -o 'Requests/sec.*' "$work/flood")"
  done
  unset buyers
fi
# Time of a journey at a rate that comes whether or not earlier ones are done.
point() { # who, offered, achieved, p50, p99, failed: times in ms
  printf 'curve\tjourney\t%s\t%d\t%d\t%s\t%s\t\t%d\n' "$@"
}
if [[ $parts == *curves* ]]; then
  for rate in ${RATES:-50 100 200 300 400 500 600 800}; do
    line=$(RATE=$rate wrk -t2 -c256 -d"${seconds}s" --timeout 10s -s load-tests/booking/journeys.lua http://127.0.0.1:18081 -- "$work/passes" "$(evenings)" 20000 | tail -1)
    read -r _ achieved _ p50 _ _ p99 _ _ failed _ <<< "$line"
    point Stagedoor "$rate" "$achieved" "$p50" "$p99" "$failed"
    (( achieved * 10 >= rate * 9 )) || break
  done
  for rate in ${RATES:-50 100 200 300 400 500 600 800}; do
    (cd "$work" && PGOPTIONS='-c plan_cache_mode=force_generic_plan' pgbench -n -M prepared -c 64 -j 2 -T "$seconds" -R "$rate" -l --log-prefix="log-$rate" \
      -D first="$(evenings)" -D i=0 -D clients=64 -f "$OLDPWD/load-tests/booking/journey.sql" > /dev/null 2>&1)
    sort -n -k3,3 "$work/log-$rate".* | awk -v seconds="$seconds" '{time[NR] = $3} END {printf "%d %.1f %.1f\n", NR / seconds, time[int((NR + 1) / 2)] / 1000, time[int(NR * 0.99)] / 1000}' > "$work/point"
    read -r achieved p50 p99 < "$work/point"
    point pgbench "$rate" "$achieved" "$p50" "$p99" 0
    (( achieved * 10 >= rate * 9 )) || break
  done
fi
[[ $parts == *stampede* ]] || exit 0

taken='{"type":"about:blank","title":"Taken","status":409,"code":"seat-contended"}'
static 18087 2 "default_type application/problem+json; return 409 '$taken';"
# A sale that opens has refused nobody yet; here it is as quick as it gets.
evening=$(evenings)
refusals() { # port
  rate=$(wrk -t2 -c64 -d15s --timeout 10s -s load-tests/booking/stampede.lua "http://127.0.0.1:$1" -- "$work/crowd" "$evening" 1 500 again | sed -n 's/^Requests.sec: *\([0-9]*\).*/\1/p')
  echo "warm-up     refusals/s $rate"
}
for port in 18081 18083 18085; do warm refusals "$port"; done
for _ in $(seq "$rounds"); do
  stampede 'stampede with lock' 18081
  stampede 'stampede without Redis' 18083
  stampede 'stampede without lock' 18085
  stampede 'nginx refusing' 18087
done
