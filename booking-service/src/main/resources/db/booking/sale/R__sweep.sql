-- HELD to AVAILABLE, up to so many seats whose hold ran out before the grace, passing over those
-- that somebody else is just working on; how many.

CREATE OR REPLACE FUNCTION sweep(grace_milliseconds bigint, most int) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    tickets uuid[];
BEGIN
    WITH lapsed AS (
        SELECT schedule_id, seat_number, ticket_id FROM seat
        WHERE status = 'HELD'
          AND held_until <= now() - grace_milliseconds * interval '1 millisecond'
        ORDER BY held_until LIMIT most FOR NO KEY UPDATE SKIP LOCKED
    ), freed AS (
        UPDATE seat SET status = 'AVAILABLE', ticket_id = NULL, held_until = NULL
        FROM lapsed
        WHERE seat.schedule_id = lapsed.schedule_id AND seat.seat_number = lapsed.seat_number
        RETURNING lapsed.ticket_id
    )
    SELECT array_agg(ticket_id) INTO tickets FROM freed;
    IF tickets IS NULL THEN
        RETURN 0;
    END IF;
    PERFORM expire(tickets);
    RETURN cardinality(tickets);
END $$;
