-- Ends a hold before its time. Doing so twice is doing it once: what has ended stays so, and under other
-- keys no answer is kept.

CREATE OR REPLACE FUNCTION give_back(
    buyer uuid, request_key text, request_print bytea, wanted uuid) RETURNS answer
LANGUAGE plpgsql AS $$
DECLARE
    done answer;
    found_status text;
    of_schedule bigint;
    just_now boolean;
BEGIN
    done = answered(buyer, request_key, request_print);
    IF done.outcome IS NOT NULL THEN
        RETURN done;
    END IF;

    SELECT status, schedule_id INTO found_status, of_schedule
    FROM reservation WHERE id = wanted AND user_id = buyer;
    IF NOT FOUND THEN
        RETURN refused('reservation-not-found');
    ELSIF found_status = 'HELD' THEN
        found_status = end_reservation(wanted, 'HELD', 'CANCELLED');
        just_now = found_status = 'CANCELLED';
    END IF;
    IF found_status = 'PAID' THEN
        RETURN refused('reservation-already-paid');
    END IF;
    RETURN answering(buyer, CASE WHEN just_now THEN request_key END, request_print, 204, NULL, false, NULL, of_schedule, NULL);
END $$;

-- Frees the seats of a reservation, and ends it with its live tickets and its payment, if it is
-- still what it was; what it is, now that nobody else can change it.
CREATE OR REPLACE FUNCTION end_reservation(wanted uuid, was text, becomes text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    found_status text;
BEGIN
    PERFORM FROM seat JOIN ticket ON ticket.id = seat.ticket_id
    WHERE ticket.reservation_id = wanted
    ORDER BY seat.schedule_id, seat.seat_number FOR NO KEY UPDATE OF seat;

    SELECT status INTO found_status FROM reservation WHERE id = wanted FOR NO KEY UPDATE;
    IF found_status <> was THEN
        RETURN found_status;
    END IF;

    UPDATE seat SET status = 'AVAILABLE', ticket_id = NULL, held_until = NULL
    FROM ticket WHERE ticket.reservation_id = wanted AND seat.ticket_id = ticket.id;
    UPDATE reservation SET status = becomes WHERE id = wanted;
    UPDATE ticket SET status = becomes WHERE reservation_id = wanted AND status IN ('RESERVED', 'PAID');
    UPDATE payment SET status = becomes WHERE reservation_id = wanted;
    RETURN becomes;
END $$;
