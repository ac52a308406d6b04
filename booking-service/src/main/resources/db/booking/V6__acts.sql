-- Each act of the sale is one function: one call, one trip, one transaction. The functions stand in
-- sale/R__*.sql and are replaced when their text changes, so what they take and give stays.

-- What came of an act.
CREATE TYPE answer AS (
    outcome           text,        -- done, replayed, or the code of the problem that it is refused with
    detail            text,        -- of a refusal: what the problem says beside its code, as JSON
    status            int,         -- of an answer, like all that follows: that of HTTP
    location          text,
    completes_session boolean,
    keeps_session     timestamptz,
    changed_schedule  bigint,      -- of whose seats some have changed
    body              text
);

-- An id that begins with the time (UUID version 7): new rows stand beside each other in every index.
CREATE FUNCTION new_id() RETURNS uuid LANGUAGE sql VOLATILE AS $$
    SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) PLACING
               substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
               FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid
$$;

ALTER TABLE reservation ALTER COLUMN id SET DEFAULT new_id();
ALTER TABLE ticket ALTER COLUMN id SET DEFAULT new_id();
ALTER TABLE payment ALTER COLUMN id SET DEFAULT new_id();
ALTER TABLE refund ALTER COLUMN id SET DEFAULT new_id();

-- A moment as JSON has it.
CREATE FUNCTION moment(timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT to_char($1 AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;

-- Nobody reads when a reservation ended; updated_at says it.
ALTER TABLE reservation DROP COLUMN ended_at;
