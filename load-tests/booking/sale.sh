# Sourced by what measures the sale, with $here, $java and $jar set: a PostgreSQL, a Redis and booking services of its own.
# Who measures says first which programs it needs; PostgreSQL keeps its defaults unless FSYNC=off.

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
admin="bench$(printf %s "$secret" | head -c 16)"

start() { # port, management port, settings
  "$java" -Xmx1g -XX:+UseG1GC --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow ${JAVA_OPTIONS:-} -jar "$jar" \
    --stagedoor.booking.port="$1" --stagedoor.booking.management-port="$2" \
    --stagedoor.keys.pass="$pass_key" --stagedoor.keys.access="$access_key" --stagedoor.admin.password="$admin" \
    --spring.data.redis.url=redis://127.0.0.1:18379 --spring.r2dbc.url=r2dbc:postgresql://127.0.0.1:18432/postgres --spring.r2dbc.username=sale \
    --spring.flyway.url=jdbc:postgresql://127.0.0.1:18432/postgres --spring.flyway.user=sale "${@:3}" > "$work/booking-$1.log" 2>&1 &
  started=$!
  pids+=("$started")
  until curl -sf "http://127.0.0.1:$2/actuator/health" > /dev/null; do
    kill -0 "$started" 2> /dev/null || { tail -5 "$work/booking-$1.log" >&2; exit 1; }
    sleep 0.5
  done
}

# So many who have signed in and have money, 00000000-0000-4000-8000-000000000000 and on, and one concert.
users() {
  psql -q -v last=$(($1 - 1)) << 'SQL'
CREATE TABLE bench_user AS SELECT n, ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid AS id FROM generate_series(0, :last) AS n;
ALTER TABLE bench_user ADD PRIMARY KEY (n);
INSERT INTO users (id, name) SELECT id, 'bench' FROM bench_user;
INSERT INTO account (user_id, balance, entries) SELECT id, 9000000000000, 1 FROM bench_user;
INSERT INTO ledger_entry (user_id, entry, kind, amount, balance_after) SELECT id, 1, 'CHARGE', 9000000000000, 9000000000000 FROM bench_user;
INSERT INTO sign_in (id, user_id, ends_at) SELECT id, id, now() + interval '1 day' FROM bench_user;
INSERT INTO concert (title, artist, venue, time_zone) VALUES ('Bench', 'Bench', 'Bench', 'UTC');
SQL
}
