-- HELD to AVAILABLE, up to so many seats whose hold ran out before the grace, passing over those
-- that somebody else is just working on; how many.

CREATE OR REPLACE FUNCTION sweep(grace_milliseconds bigint, most int) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    tickets uuid[];
BEGIN
    -- Of those of a clock that was ahead one lasts longest.
    IF (SELECT updated_at > now() + interval '10 seconds' FROM seat
        WHERE status = 'HELD' ORDER BY held_until DESC LIMIT 1) THEN
        PERFORM hold_from_now();
    END IF;
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

-- Holds that began later than it is now, as the clock was put back, or a server took over whose clock is
-- behind, begin now: nobody else would get their seats for as long as that clock was ahead.
CREATE OR REPLACE FUNCTION hold_from_now() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    WITH early AS (
        SELECT seat.schedule_id, seat.seat_number, reservation.id,
               now() + (reservation.held_until - reservation.updated_at) AS until
        FROM seat JOIN ticket ON ticket.id = seat.ticket_id
        JOIN reservation ON reservation.id = ticket.reservation_id
        WHERE seat.status = 'HELD' AND reservation.status = 'HELD'
          AND reservation.updated_at > now() + interval '10 seconds'
        ORDER BY seat.schedule_id, seat.seat_number FOR NO KEY UPDATE OF seat
    ), seats AS (
        UPDATE seat SET held_until = until FROM early
        WHERE seat.schedule_id = early.schedule_id AND seat.seat_number = early.seat_number
    )
    UPDATE reservation SET held_until = until FROM early WHERE reservation.id = early.id;
END $$;
