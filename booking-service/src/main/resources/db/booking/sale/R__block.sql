-- AVAILABLE to BLOCKED, or the way back; a hold past its deadline is AVAILABLE. The seats that moved.

CREATE OR REPLACE FUNCTION block(of_schedule bigint, numbers int[], blocked boolean) RETURNS int[]
LANGUAGE plpgsql AS $$
DECLARE
    moved int[];
    displaced uuid[];
BEGIN
    -- Of a show that is cancelled no seat comes back.
    PERFORM FROM schedule WHERE id = of_schedule AND cancelled_at IS NULL FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN '{}';
    END IF;

    WITH wanted AS (
        SELECT seat_number, ticket_id FROM seat
        WHERE schedule_id = of_schedule AND seat_number = ANY(numbers)
          AND CASE WHEN blocked
              THEN status = 'AVAILABLE' OR status = 'HELD' AND held_until <= now()
              ELSE status = 'BLOCKED' END
        ORDER BY seat_number FOR NO KEY UPDATE
    ), changed AS (
        UPDATE seat SET status = CASE WHEN blocked THEN 'BLOCKED' ELSE 'AVAILABLE' END,
               ticket_id = NULL, held_until = NULL
        FROM wanted
        WHERE seat.schedule_id = of_schedule AND seat.seat_number = wanted.seat_number
        RETURNING seat.seat_number, wanted.ticket_id
    )
    SELECT coalesce(array_agg(seat_number ORDER BY seat_number), '{}'),
           array_agg(ticket_id) FILTER (WHERE ticket_id IS NOT NULL)
    INTO moved, displaced FROM changed;
    PERFORM expire(displaced);
    RETURN moved;
END $$;
