-- Cancels a show: from here on nothing of it is sold. What was held and paid is given back by settle,
-- a batch at a time, by whoever comes along. Twice is once, for the first reason.

CREATE OR REPLACE FUNCTION cancel(of_schedule bigint, why text) RETURNS answer
LANGUAGE plpgsql AS $$
DECLARE
    just_now boolean;
    document json;
BEGIN
    UPDATE schedule SET cancelled_at = now(), cancelled_for = why
    WHERE id = of_schedule AND cancelled_at IS NULL;
    just_now = FOUND;
    SELECT json_build_object('scheduleId', id, 'cancelledAt', moment(cancelled_at),
           'reason', cancelled_for, 'settledAt', moment(settled_at)) INTO document
    FROM schedule WHERE id = of_schedule;
    IF NOT FOUND THEN
        RETURN refused('schedule-not-found');
    ELSIF NOT just_now THEN
        RETURN done_before(document);
    END IF;
    RETURN answering(NULL, NULL, NULL, 200, NULL, false, NULL, of_schedule, document);
END $$;

-- Takes the next seats of a cancelled show off sale for good, and gives back what was held or paid
-- for them. The seats decide: a hold or a payment that began before the show was cancelled has its
-- seats locked, so it is waited for, and found here the next time; one that comes later finds them
-- BLOCKED. Once all are, nobody can have one any more, and the show is settled.
-- How many seats; null if there is nothing to do or others are at it.

CREATE OR REPLACE FUNCTION settle(of_schedule bigint, most int) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    why text;
    seats bigint;
    numbers int[];
    reserved uuid[];
    refunded uuid[];
BEGIN
    SELECT cancelled_for INTO why FROM schedule
    WHERE id = of_schedule AND cancelled_at IS NOT NULL AND settled_at IS NULL
    FOR NO KEY UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;

    SELECT array_agg(seat_number) INTO numbers
    FROM (SELECT seat_number FROM seat WHERE schedule_id = of_schedule AND status <> 'BLOCKED'
          ORDER BY seat_number LIMIT most FOR NO KEY UPDATE) AS next;
    SELECT array_agg(DISTINCT reservation_id) INTO reserved
    FROM seat JOIN ticket ON ticket.id = seat.ticket_id
    WHERE seat.schedule_id = of_schedule AND seat.seat_number = ANY(numbers);

    -- A reservation ends as a whole: with it those of its seats that the batch has not reached.
    SELECT numbers || array_agg(seat_number) INTO numbers
    FROM (SELECT seat.seat_number FROM seat JOIN ticket ON ticket.id = seat.ticket_id
          WHERE ticket.reservation_id = ANY(reserved)
          ORDER BY seat.seat_number FOR NO KEY UPDATE OF seat) AS theirs;
    PERFORM FROM reservation WHERE id = ANY(reserved) ORDER BY id FOR NO KEY UPDATE;

    UPDATE seat SET status = 'BLOCKED', ticket_id = NULL, held_until = NULL
    WHERE schedule_id = of_schedule AND seat_number = ANY(numbers);
    GET DIAGNOSTICS seats = ROW_COUNT;
    WITH ended AS (
        UPDATE reservation SET status = CASE status WHEN 'PAID' THEN 'REFUNDED' ELSE 'CANCELLED' END
        WHERE id = ANY(reserved) RETURNING id, status
    ), tickets AS (
        UPDATE ticket SET status = ended.status FROM ended
        WHERE ticket.reservation_id = ended.id AND ticket.status IN ('RESERVED', 'PAID')
    ), payments AS (
        UPDATE payment SET status = ended.status FROM ended WHERE payment.reservation_id = ended.id
        RETURNING payment.id, payment.status
    )
    SELECT array_agg(id) INTO refunded FROM payments WHERE status = 'REFUNDED';
    PERFORM repay(refunded, why);

    UPDATE schedule SET settled_at = now() WHERE id = of_schedule
      AND NOT EXISTS (SELECT FROM seat WHERE schedule_id = of_schedule AND status <> 'BLOCKED');
    RETURN seats;
END $$;
