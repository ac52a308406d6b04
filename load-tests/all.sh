#!/usr/bin/env bash
# All measurements beside their peers, one after the other, and from them table and charts of docs/numbers.md: in an hour on two
# cores. Says which figure is worse by more than a tenth than the one on the page (of what is told in percent, than a tenth of its
# bar), and which one is not measured any more.
#
#   mvn -q -Paot verify -DskipTests && mvn -q -f load-tests/spring-cloud-gateway package && load-tests/all.sh
#
# Needs what the scripts need that it calls, and nothing else to do for the machine. If one of them fails the page stays as it is.
# FROM=folder reads what an earlier run has left there; KEEP=folder keeps what the scripts print.
set -euo pipefail

cd "$(dirname "$0")/.."
page=docs/numbers.md
out=${FROM:-${KEEP:-$(mktemp -d)}}
mkdir -p "$out"
failed=

run() { # name, command: its output as a file
  if [[ -z ${FROM:-} ]]; then
    echo "$(date +%R) $2"
    rm -f "$out/$1"
    bash -c "$2" > "$out/$1.part" 2> "$out/$1.errors" && mv "$out/$1.part" "$out/$1" || cat "$out/$1.errors" >&2
  fi
  [[ -e $out/$1 ]] || { echo "$2 failed" >&2; failed+=" $1"; }
}

run gateway 'load-tests/gateway-beside-peers.sh 3 2 300000'
run booking 'load-tests/booking-beside-pgbench.sh 8 2 120'
run map 'TICKETS=100 load-tests/house.sh crowd map || true' # it minds its bars itself
run joins 'load-tests/joins.sh 10 3'
run start 'load-tests/cold-start.sh'
run bytes 'load-tests/bytes-per-waiter.sh'
run line 'load-tests/line-in-redis.sh'
run ticks 'load-tests/line-in-redis.sh ticks'
run rate 'load-tests/line-in-redis.sh rate'
run costs 'load-tests/line-in-redis.sh costs'
run streams 'load-tests/streams.sh'
[[ -z $failed ]] || { echo "$page stays as it is, without$failed; the rest is in $out: put what is missing there too, and go on with FROM=$out" >&2; exit 1; }

# Rows: the figure, ours, the peer's, what they are compared by and which way is better, the bar, the script.
row() { printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "${2:-–}" "${3:-–}" "$4" "$5" "${6:-–}" "$7"; }
mean() { # file, beginning of the lines, and Redis or nothing: the mean of their processor times, with what they cost Redis or without
  awk -v name="$2" -v with="${3:-}" 'index($0, name) == 1 {rest = substr($0, length(name) + 1); if (rest ~ /^ +[0-9.]+ us/) {
      sub(/^ +/, "", rest); sum += rest; n++; if (with && sub(/.* Redis +/, "", rest)) sum += rest}}
    END {if (n) printf "%.1f", sum / n}' "$out/$1"
}
times() { awk -v peer="$1" -v ours="$2" 'BEGIN {if (ours > 0 && peer > 0) printf "%.2f", peer / ours}'; }

beside() { # the figure, line of ours, line of the peer, bar, Redis if what it costs counts
  local ours peer
  ours=$(mean gateway "$2" "${5:-}") peer=$(mean gateway "$3" "${5:-}")
  [[ -z $ours || -z $peer ]] || row "$1" "$ours µs" "$3: $peer µs" "$(times "$peer" "$ours")" higher "$4" gateway-beside-peers.sh
}

joins() { # beginning of the lines, the figure, bar: the last of them beside the last of the peer
  awk -F '  +' -v name="$1" '$1 == name {ours = $2 ", " $3; rate = int($2)} /^nginx static, POST/ {peer = $2} END {if (rate) print ours "\t" peer "\t" rate}' "$out/joins" |
    while IFS=$'\t' read -r ours peer rate; do row "$2" "$ours" "nginx static, POST: $peer" "$rate" higher "$3" joins.sh; done
}

rows() {
  local many
  beside 'poll, token in a header' 'poll, header' 'nginx static' 0.55
  beside "poll, cookie and a browser's head" 'poll, cookie, browser' 'nginx static' 0.45
  many=$(grep -o '^poll, [0-9]* tokens' "$out/gateway" | head -1)
  beside 'poll, many different tokens' "${many:-none}" 'poll, one token, same way' 0.85
  beside 'forward, token in a header' 'forward, header' 'nginx proxy_pass' 0.40
  beside "forward, cookie and a browser's head" 'forward, cookie, browser' 'nginx proxy_pass' 0.36
  beside 'forward, header' 'forward, header' 'nginx auth_request, proxy_pass' ''
  beside 'forward, beside RequestRateLimiter' 'forward, header' 'Spring Cloud Gateway' ''
  beside 'forward, beside RequestRateLimiter, each with its Redis' 'forward, header' 'Spring Cloud Gateway' 4.5 Redis
  beside 'verdict' 'verdict' 'nginx static' 0.50
  joins 'join, guests' 'joins over HTTP, guests' 35000
  joins 'join, first 10 s' 'joins over HTTP, first 10 s after ready' 20000
  awk 'function after(word) {for (i = 1; i < NF; i++) if ($i == word) return $(i + 1)}
    /^service / {ours += after("journeys/s"); jvm += after("JVM"); database += after("PostgreSQL"); n++} /^pgbench / {peer += after("journeys/s")}
    END {if (n) printf "%.0f/s\t%.0f/s\t%.2f\t%.2f ms\t%.2f ms\t%.2f\n", ours / n, peer / n, ours / peer, jvm / n, database / n, database / jvm}' "$out/booking" |
    while IFS=$'\t' read -r ours peer ratio jvm database share; do
      row 'journeys: hold, charge, pay, under keys' "$ours" "pgbench, the same calls: $peer" "$ratio" higher 0.60 booking-beside-pgbench.sh
      row 'a journey in the JVM' "$jvm" "in PostgreSQL: $database" "$share" higher 2.25 booking-beside-pgbench.sh
    done
  awk 'function after(word) {for (i = 1; i < NF; i++) if ($i == word) return $(i + 1)}
    /^stampede with lock/ {ours += after("p99"); n++} /^nginx refusing/ {peer += after("p99")}
    END {if (n) printf "%.0f ms\t%.0f ms\t%.1f\n", ours / n, peer / n, ours / peer}' "$out/booking" | while IFS=$'\t' read -r ours peer ratio; do
    row "1,000 want one seat: the losers' p99" "$ours" "nginx refusing 1,000: $peer" "$ratio" lower 5 booking-beside-pgbench.sh
  done
  sed -n 's/^map: a look again each second \([0-9]*\) bytes, .* processor \([0-9.]*\) ms, \(.*\), of .*$/\1\t\2\t\3/p' "$out/map" | while IFS=$'\t' read -r bytes millis shares; do
    row 'map of 20,000 seats, a look again each second' "$bytes B" '' "$bytes" lower 1024 'house.sh map'
    row 'processor time of that' "$millis ms" "$shares" "$millis" lower 1 'house.sh map'
  done
  awk '/^crowd: / {for (i = 1; i < NF; i++) {if ($(i + 2) !~ /^ms/) continue; if ($i == "alone") alone = $(i + 1); if ($i == "seats") beside = $(i + 1)}}
    END {if (alone > 0) printf "%s ms\t%s ms\t%.2f\n", beside, alone, beside / alone}' "$out/map" | while IFS=$'\t' read -r ours quiet ratio; do
    row 'p95 of 40 who hold a seat each, beside 600 wishes of one at once' "$ours" "alone: $quiet" "$ratio" lower 1.5 'house.sh crowd'
  done
  sed -n 's/^\(.*[a-z]\)  *\(polls\|forwards\|journeys\)  *ready after *\([0-9]*\) ms.*first \([0-9]* s\) *\([0-9.]* us\),.*warm *\([0-9.]* us\),.*: \([0-9.]*\)$/\1\t\2\t\3\t\4\t\5\t\6\t\7/p' "$out/start" |
    while IFS=$'\t' read -r how kind ready span first warm ratio; do
      declare -A bar=([polls]=0.8 [forwards]=0.7 [journeys]=0.6)
      row "first $span, $how, $kind" "${first/us/µs}, ready after $ready ms" "warm: ${warm/us/µs}" "$ratio" higher "${bar[$kind]}" cold-start.sh
    done
  sed -n 's/^bytes per waiter: //p' "$out/bytes" | while read -r bytes; do
    row 'bytes of Redis per person who waits, of 1,000,000' "$bytes B" '' "$bytes" lower 145 bytes-per-waiter.sh
  done
  awk -F '|' '/together over one by one/ {gsub(/[ x]/, "", $3); print $3}' "$out/line" | tail -1 | while read -r ratio; do
    row 'joins sent together, in Redis' '' 'one by one' "$ratio" higher 6 line-in-redis.sh
  done
  sed -n 's/^cost of \(.*\): \([0-9.]*\) us$/\1\t\2/p' "$out/costs" | while IFS=$'\t' read -r what micros; do
    row "Redis, $what" "$micros µs" '' "$micros" lower '' 'line-in-redis.sh costs'
  done
  sed -n 's/^streams: \([0-9]*\) open, heap \([0-9]*\) MB, \([0-9.]*\) KB each, told within \([0-9]*\) ms.*$/\1\t\2\t\3\t\4/p' "$out/streams" | while IFS=$'\t' read -r open heap each told; do
    row 'heap of an open stream' "$each KB, $heap MB with $open open" '' "$each" lower 10 streams.sh
    row 'all open streams told of a new place' "$told ms, $open open" '' "$told" lower 2000 streams.sh
  done
  awk -F ' *[|] *' '
    function ms(micros) {return sprintf("%.1f ms", micros / 1000)}
    / longest call, 1,000: / {few = $4; few_worst = $6}
    / longest call, 1,000,000: / {
      what = $2; sub(/, longest call.*/, "", what); sub(/^the same/, former, what); former = what
      printf "worst tick of 1,000,000: %s\t%s, half %s\tof 1,000: %s, half %s\t%.2f\n", what, ms($6), ms($4), ms(few_worst), ms(few), $6 / few_worst
      if ($4 / few > most) {most = $4 / few; dearest = what; ours = ms($4); peer = ms(few)}
    }
    END {if (most) printf "half of the ticks of 1,000,000, where they are dearest\t%s, %s\tof 1,000: %s\t%.2f\n", ours, dearest, peer, most}' "$out/ticks" |
    while IFS=$'\t' read -r what ours peer ratio; do row "$what" "$ours" "$peer" "$ratio" lower 1.2 'line-in-redis.sh ticks'; done
  awk -F ' *[|] *' '
    function off(figure, ours, asked, by, bar) {printf "%s\t%s\tasked for: %s\t%s\t%s\n", figure, ours, asked, by, bar}
    / gateways, 60 s: let in/ {gateways = $2 + 0; by = $4; sub(/^[-+]/, "", by); off("20,000 a second for a minute, gateways: " gateways, $3, "1,200,000", by, 0.5)}
    / gateways, in any 60 s: let in/ {asked = $2; sub(/.* /, "", asked); sub(/^[+]/, "", $4); off("the most in any 60 s by `per-minute`, gateways: " $2 + 0, $3, asked, $4, 0)}
    /^[|] scripts of 1 ms and more/ {printf "longest script of Redis at 20,000 a second, gateways: %d\t%.1f ms\thalf of those above 1 ms: %.1f ms\t%.1f\t20\n", gateways, $6 / 1000, $4 / 1000, $6 / 1000}' "$out/rate" |
    while IFS=$'\t' read -r what ours peer value bar; do row "$what" "$ours" "$peer" "$value" lower "$bar" 'line-in-redis.sh rate'; done
}

rows > "$out/rows"
awk -F '\t' '
  FILENAME == ARGV[1] {
    if (/<!-- rows/) inside = 1
    if (/<!-- end of rows/) inside = 0
    if (inside && split($0, cell, / *[|] */) > 6 && cell[2] != "figure" && cell[2] !~ /^-/) former[cell[2]] = cell[5]
    next
  }
  $1 in former {
    much = ($4 ~ /%$/ ? $6 : former[$1]) / 10
    more = $4 - former[$1]
    if (($5 == "higher" ? -more : more) > much) print "worse than on the page: " $1 ", " $4 " and not " former[$1]
    delete former[$1]
  }
  END {for (figure in former) print "no longer measured: " figure}' "$page" "$out/rows"

{
  sed '/<!-- rows/q' "$page"
  echo "$(nproc) cores, $(uname -m), $(date -u +'%F %RZ'), $(git rev-parse --short HEAD)"
  echo
  echo '| figure | ours | peer | compared | bar | by `load-tests/…` |'
  echo '|---|---|---|---|---|---|'
  awk -F '\t' '{bar = $6 == "–" ? $6 : ($5 == "lower" ? "≤ " : "≥ ") $6; printf "| %s | %s | %s | %s | %s | `%s` |\n", $1, $2, $3, $4, bar, $7}' "$out/rows"
  sed -n '/<!-- end of rows/,$p' "$page"
} > "$out/page"
cp "$out/page" "$page"

# Charts of what was measured at rates that come by themselves, if it was.
curves=load-tests/results/$(date -u +%F)-open-load.tsv
if cat "$out/gateway" "$out/booking" | grep '^curve' | cut -f2- > "$out/curves"; then
  { echo "# $(nproc) cores, $(uname -m), $(date -u +'%F %RZ'), $(git rev-parse --short HEAD)"; cat "$out/curves"; } > "$curves"
  node load-tests/charts.mjs "$curves"
fi
