# Sourced by what measures the sale: a PostgreSQL, a Redis and booking services of its own.
# Who measures says first which programs it needs; PostgreSQL keeps its defaults unless FSYNC=off.
. "$(dirname "${BASH_SOURCE[0]}")/../machine.sh"

postgres=${POSTGRES:-$(dirname "$(ls /usr/lib/postgresql/*/bin/postgres | tail -1)")}
as_postgres=()
[[ $EUID -ne 0 ]] || as_postgres=(setpriv --reuid postgres --regid postgres --init-groups)

mkdir "$work/data" && chmod 755 "$work"
[[ $EUID -ne 0 ]] || chown postgres "$work/data"
"${as_postgres[@]}" "$postgres/initdb" -D "$work/data" -U sale --auth trust > /dev/null
"${as_postgres[@]}" "$postgres/postgres" -D "$work/data" -p 18432 -k "$work/data" -c "fsync=${FSYNC:-on}" > "$work/postgres.log" 2>&1 &
database=$!
pids+=("$database")
redis_at 18379
export PGHOST=127.0.0.1 PGPORT=18432 PGUSER=sale PGDATABASE=postgres
until psql -qc 'SELECT 1' > /dev/null 2>&1; do kill -0 "$database" || { cat "$work/postgres.log" >&2; exit 1; }; sleep 0.2; done

secret=$(head -c 32 /dev/urandom | xxd -p -c 64)
pass_key="k:$(printf %s "$secret" | xxd -r -p | encoded)"
access_key=$(key)
admin="bench$(printf %s "$secret" | head -c 16)"
sale=(--stagedoor.keys.pass="$pass_key" --stagedoor.keys.access="$access_key" --stagedoor.admin.password="$admin"
  --spring.data.redis.url=redis://127.0.0.1:18379 --spring.r2dbc.url=r2dbc:postgresql://127.0.0.1:18432/postgres --spring.r2dbc.username=sale
  --spring.flyway.url=jdbc:postgresql://127.0.0.1:18432/postgres --spring.flyway.user=sale)

start() { # port, management port, settings; sets started
  "$java" -Xmx1g "${java_options[@]}" -jar "$(ls booking-service/target/booking-service-*-exec.jar)" \
    --stagedoor.booking.port="$1" --stagedoor.booking.management-port="$2" "${sale[@]}" "${@:3}" > "$work/booking-$1.log" 2>&1 &
  started=$!
  pids+=("$started")
  ready "$2" "$started" "$work/booking-$1.log"
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

# Five hundred, and in $work/passes what the gateway would sign for them, but of an hour.
people() {
  local header now id user claims
  users 500
  header=$(printf '{"kid":"k","typ":"stagedoor-pass+jwt","alg":"HS256"}' | encoded)
  now=$(date +%s)
  psql -qAtc 'SELECT id FROM bench_user ORDER BY n' | while read -r id; do
    user=$(printf %s "$id" | tr -d '-' | xxd -r -p | encoded)
    claims=$(printf '{"sub":"%s","room":"main","seq":1,"sid":"%s","iat":%d,"exp":%d}' "$user" "$id" "$now" $((now + 3600)) | encoded)
    echo "$header.$claims.$(printf %s "$header.$claims" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$secret" -binary | encoded)"
  done > "$work/passes"
}

# Puts on 40 evenings with 1,000 seats each; the number of the first. No user may be refused for having enough, nor for having
# held 500 times in this hour.
evenings() {
  psql -qAt << 'SQL'
UPDATE reservation SET created_at = created_at - interval '1 hour' WHERE created_at > now() - interval '1 hour';
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
