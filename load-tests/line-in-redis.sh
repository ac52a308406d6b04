#!/usr/bin/env bash
# What does a long line cost Redis: bytes per waiter at 1,000,000 waiting, a tick then and with 1,000 waiting, and
# joins per second, sent together and one by one, from the same client?
#
#   load-tests/line-in-redis.sh
#   load-tests/line-in-redis.sh ticks      how long does a tick keep Redis busy, at 1,000 and at 1,000,000, whoever has left or is silent?
#   load-tests/line-in-redis.sh rate       is the rate kept that is asked for, by one gateway and by three: 20,000 a second for a minute, and not above per-minute?
#   load-tests/line-in-redis.sh fakes      a minute of 5,000 joins a second of whom nobody is heard again: who waits behind, how long?
#   load-tests/line-in-redis.sh costs      what does each call cost Redis: the figures that docs/scale.js reckons with
#
# Needs redis-server (with jemalloc, as distributions build it), Maven and a JDK 25 as JAVA_HOME or java.
set -euo pipefail

. "$(dirname "$0")/machine.sh"
redis_at 18380

case ${1:-} in
  ticks | rate) measurement=TickMeasurement ;;
  *) measurement=LineMeasurement ;;
esac

redis-server --version
machine
measurement "waitingroom.room.$measurement" redis://127.0.0.1:18380 "$@"
