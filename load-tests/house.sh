#!/usr/bin/env bash
# A large house in numbers, everything on this machine over loopback: how long a show of 10,000 paid tickets takes to be
# paid back beside a sale that goes on; how soon 500 who look at a map of 20,000 seats see what 200 bookings a second change;
# what it costs instead to look again each second; what putting on 100,000 seats costs the buyers of another show; how fast old answers are forgotten; how long 1,000 wait who ask for the best of 5,000 seats at once;
# how soon 10,000 holds are tidied that run out in the same second; what 40 buyers notice of one who asks for 600 seats at once.
#
#   mvn -q package -DskipTests && load-tests/house.sh [cancel] [maps] [map] [staging] [forget] [best] [expire] [crowd]
#
# Needs redis-server, postgres, node (18 or newer), openssl, xxd, curl and a JDK 25 as JAVA_HOME or java. Ends with 1 if a bar falls
# or the books are wrong. FSYNC=off and POSTGRES=… as in booking-beside-pgbench.sh; MAPS=, BOOKINGS=, TICKETS= for other sizes.
set -euo pipefail

. "$(dirname "$0")/booking/sale.sh"

export MAPS=${MAPS:-500} BOOKINGS=${BOOKINGS:-200} TICKETS=${TICKETS:-10000}
start 18081 18082 --stagedoor.booking.catalogue.watchers="$MAPS"
users $((TICKETS + 2000))

machine "$("$postgres/postgres" --version), fsync ${FSYNC:-on}"
SECRET=$secret ADMIN=$admin SERVICE=$started DATABASE=$database node load-tests/booking/house.mjs "$@"
