#!/usr/bin/env bash
# What does a long line cost Redis: bytes per waiter at 1,000,000 waiting, a tick then and with 1,000 waiting, and
# joins per second, sent together and one by one, from the same client?
#
#   load-tests/line-in-redis.sh
#   load-tests/line-in-redis.sh ticks      how long does a tick keep Redis busy, at 1,000 and at 1,000,000, whoever has left or is silent?
#   load-tests/line-in-redis.sh rate       is the rate kept that is asked for, by one gateway and by three: 20,000 a second for a minute?
#   load-tests/line-in-redis.sh fakes      a minute of 5,000 joins a second of whom nobody is heard again: who waits behind, how long?
#   load-tests/line-in-redis.sh costs      what does each call cost Redis: the figures that docs/scale.js reckons with
#
# Needs redis-server (with jemalloc, as distributions build it), Maven and a JDK 25 as JAVA_HOME or java.
set -euo pipefail

cd "$(dirname "$0")/.."
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
work=$(mktemp -d)
redis-server --port 18380 --save '' --appendonly no --dir "$work" > /dev/null &
redis=$!
trap 'kill "$redis" 2> /dev/null; wait 2> /dev/null; rm -rf "$work"' EXIT

mvn -q -pl queue-gateway -am test-compile
mvn -q -pl queue-gateway -am test-compile dependency:build-classpath -Dmdep.outputFile="$work/classpath" -Dmdep.includeScope=test
classes=$(ls -d {queue-gateway,common,dev-services}/target/classes queue-gateway/target/test-classes | paste -sd:)

case ${1:-} in
  ticks | rate) measurement=TickMeasurement ;;
  *) measurement=LineMeasurement ;;
esac

redis-server --version
echo "$(nproc) cores, $(uname -m), $("$java" -version 2>&1 | sed -n 2p)"
"$java" -Xmx1g -cp "$classes:$(cat "$work/classpath")" "dev.stagedoor.gateway.waitingroom.room.$measurement" redis://127.0.0.1:18380 "$@"
