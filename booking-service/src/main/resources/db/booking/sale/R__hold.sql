-- Holds seats of one schedule for a while: all of them, or none. AVAILABLE, or HELD past the deadline,
-- to HELD.

CREATE OR REPLACE FUNCTION hold(
    buyer uuid, request_key text, request_print bytea,
    of_schedule bigint, numbers int[], milliseconds bigint) RETURNS answer
LANGUAGE plpgsql AS $$
DECLARE
    done answer;
    rules record;
    free int;
    displaced uuid[];
BEGIN
    done = answered(buyer, request_key, request_print);
    IF done.outcome IS NOT NULL THEN
        RETURN done;
    END IF;

    SELECT * INTO rules FROM on_sale(buyer, of_schedule);
    IF rules.refusal IS NOT NULL THEN
        RETURN refused(rules.refusal);
    END IF;

    -- What is free is ours from here on; what is not, is not waited for.
    SELECT count(*), array_agg(ticket_id) FILTER (WHERE ticket_id IS NOT NULL) INTO free, displaced
    FROM (SELECT ticket_id FROM seat
          WHERE schedule_id = of_schedule AND seat_number = ANY(numbers)
            AND (status = 'AVAILABLE' OR status = 'HELD' AND held_until <= now())
          ORDER BY seat_number FOR NO KEY UPDATE) AS ours;
    IF free < cardinality(numbers) THEN
        RETURN not_free(of_schedule, numbers);
    END IF;

    RETURN take(buyer, request_key, request_print, of_schedule, numbers, displaced, rules.most,
                milliseconds);
END $$;

-- Whether a user may have seats of a schedule now, and how many at most. Two requests of one user,
-- who might both pass that limit, come one after the other. What is held stays in the tables, however
-- soon it is given back: so nobody holds more than 500 times in an hour.
CREATE OR REPLACE FUNCTION on_sale(buyer uuid, of_schedule bigint, OUT refusal text, OUT most int)
LANGUAGE plpgsql AS $$
DECLARE
    rules record;
BEGIN
    SELECT schedule.seats_per_user AS most, now() < schedule.sales_open_at AS early,
           now() >= least(schedule.sales_close_at, schedule.starts_at) AS late,
           schedule.cancelled_at IS NOT NULL AS cancelled
    INTO rules FROM users LEFT JOIN schedule ON schedule.id = of_schedule
    WHERE users.id = buyer FOR NO KEY UPDATE OF users;
    most = rules.most;
    IF NOT FOUND THEN
        refusal = 'user-not-found';
    ELSIF rules.most IS NULL THEN
        refusal = 'schedule-not-found';
    ELSIF rules.cancelled THEN
        refusal = 'schedule-cancelled';
    ELSIF rules.early THEN
        refusal = 'sales-not-open';
    ELSIF rules.late THEN
        refusal = 'sales-closed';
    ELSIF EXISTS (SELECT FROM reservation
                  WHERE user_id = buyer AND created_at > now() - interval '1 hour'
                  ORDER BY created_at DESC OFFSET 499 LIMIT 1) THEN
        refusal = 'too-many-requests';
    END IF;
END $$;

-- How many seats of a schedule somebody has, paid or held. Each is looked for by its ticket: joined,
-- all that are sold may be read for the few of one buyer.
CREATE OR REPLACE FUNCTION seats_of(buyer uuid, of_schedule bigint) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT count(*) FROM ticket
            WHERE user_id = buyer AND schedule_id = of_schedule AND status IN ('RESERVED', 'PAID')
              AND (SELECT seat.status = 'SOLD' OR seat.held_until > now()
                   FROM seat WHERE seat.ticket_id = ticket.id));
END $$;

-- Holds seats that this transaction has locked, free as they are.
CREATE OR REPLACE FUNCTION take(
    buyer uuid, request_key text, request_print bytea,
    of_schedule bigint, numbers int[], displaced uuid[], most int, milliseconds bigint) RETURNS answer
LANGUAGE plpgsql AS $$
DECLARE
    reserved CONSTANT uuid = new_id();
    until CONSTANT timestamptz = now() + milliseconds * interval '1 millisecond';
BEGIN
    IF cardinality(numbers) + seats_of(buyer, of_schedule) > most THEN
        RETURN refused('seat-limit-reached', json_build_object('limit', most));
    END IF;

    IF displaced IS NOT NULL THEN
        PERFORM expire(displaced);
    END IF;

    WITH taken AS (
        UPDATE seat SET status = 'HELD', ticket_id = new_id(), held_until = until
        WHERE schedule_id = of_schedule AND seat_number = ANY(numbers)
        RETURNING seat_number, ticket_id, price
    ), held AS (
        INSERT INTO reservation (id, user_id, schedule_id, seat_count, held_until)
        VALUES (reserved, buyer, of_schedule, cardinality(numbers), until)
    ), tickets AS (
        INSERT INTO ticket (id, reservation_id, user_id, schedule_id, seat_number, price)
        SELECT ticket_id, reserved, buyer, of_schedule, seat_number, price FROM taken
    )
    INSERT INTO payment (reservation_id, user_id, amount)
    SELECT reserved, buyer, sum(price) FROM taken;

    RETURN answering(buyer, request_key, request_print, 201, '/api/v1/reservations/' || reserved,
                     false, until, of_schedule, reservation_document(reserved, buyer));
END $$;

-- Says which seats are not there, or taken. It looks a moment later: what has become free since
-- then was in somebody's hands.
CREATE OR REPLACE FUNCTION not_free(of_schedule bigint, numbers int[]) RETURNS answer
LANGUAGE plpgsql AS $$
DECLARE
    known int[];
    taken int[];
BEGIN
    SELECT array_agg(seat_number),
           array_agg(seat_number ORDER BY seat_number)
               FILTER (WHERE NOT (status = 'AVAILABLE' OR status = 'HELD' AND held_until <= now()))
    INTO known, taken FROM seat WHERE schedule_id = of_schedule AND seat_number = ANY(numbers);
    IF known IS NULL OR cardinality(known) < cardinality(numbers) THEN
        RETURN refused('seat-not-found', json_build_object('seatNumbers', ARRAY(
            SELECT number FROM unnest(numbers) AS number WHERE NOT number = ANY(coalesce(known, '{}')))));
    ELSIF taken IS NULL THEN
        RETURN refused('seat-contended');
    END IF;
    RETURN refused('seat-taken', json_build_object('seatNumbers', taken));
END $$;
