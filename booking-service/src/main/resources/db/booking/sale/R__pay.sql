-- Pays a reservation out of the balance: seats HELD to SOLD, with them reservation, tickets,
-- payment, account and ledger, or nothing.

CREATE OR REPLACE FUNCTION pay(
    buyer uuid, request_key text, request_print bytea, wanted uuid) RETURNS answer
LANGUAGE plpgsql AS $$
DECLARE
    done answer;
    due record;
    receipt record;
    clock timestamptz;
BEGIN
    done = answered(buyer, request_key, request_print);
    IF done.outcome IS NOT NULL THEN
        RETURN done;
    END IF;

    -- A hold of the same user comes before or after. One that has run out for a hold before, which no
    -- longer counts it against the limit, has run out here: by the clock, which now() is behind.
    PERFORM FROM users WHERE id = buyer FOR NO KEY UPDATE;
    clock = clock_timestamp();

    SELECT reservation.schedule_id, reservation.status, reservation.held_until, payment.amount,
           account.balance, schedule.cancelled_at IS NOT NULL AS cancelled INTO due
    FROM reservation JOIN payment ON payment.reservation_id = reservation.id
    JOIN account ON account.user_id = reservation.user_id
    JOIN schedule ON schedule.id = reservation.schedule_id
    WHERE reservation.id = wanted AND reservation.user_id = buyer;
    IF NOT FOUND THEN
        RETURN refused('reservation-not-found');
    ELSIF due.cancelled AND due.status <> 'PAID' THEN
        RETURN refused('schedule-cancelled');
    ELSIF due.status IN ('CANCELLED', 'REFUNDED') THEN
        RETURN refused('reservation-not-found');
    ELSIF due.status = 'PAID' THEN
        RETURN refused('reservation-already-paid');
    ELSIF due.status = 'EXPIRED' OR due.held_until <= clock THEN
        RETURN refused('hold-expired');
    ELSIF due.balance < due.amount THEN
        RETURN refused('insufficient-balance',
                       json_build_object('balance', due.balance, 'required', due.amount));
    END IF;

    -- Each step draws its rows from the one before, in the order in which rows are locked everywhere.
    WITH mine AS (
        SELECT seat.schedule_id, seat.seat_number
        FROM seat JOIN ticket ON ticket.id = seat.ticket_id
        WHERE ticket.reservation_id = wanted
          AND seat.status = 'HELD' AND seat.held_until > clock
        ORDER BY seat.schedule_id, seat.seat_number FOR NO KEY UPDATE OF seat
    ), sold AS (
        UPDATE seat SET status = 'SOLD', held_until = NULL
        FROM mine
        WHERE seat.schedule_id = mine.schedule_id AND seat.seat_number = mine.seat_number
        RETURNING seat.seat_number
    ), paid AS (
        UPDATE reservation SET status = 'PAID'
        WHERE id = wanted AND user_id = buyer AND status = 'HELD' AND held_until > clock
          AND seat_count = (SELECT count(*) FROM sold)
        RETURNING id, seat_count
    ), bought AS (
        UPDATE ticket SET status = 'PAID' FROM paid
        WHERE ticket.reservation_id = paid.id AND ticket.status = 'RESERVED'
        RETURNING ticket.id AS "ticketId", ticket.seat_number AS "seatNumber", ticket.price,
                  ticket.status
    ), completed AS (
        UPDATE payment SET status = 'COMPLETED', paid_at = now() FROM paid
        WHERE payment.reservation_id = paid.id AND payment.status = 'PENDING'
          AND paid.seat_count = (SELECT count(*) FROM bought)
        RETURNING payment.id, payment.reservation_id, payment.status, payment.amount, payment.paid_at
    ), debited AS (
        UPDATE account SET balance = balance - completed.amount, entries = entries + 1
        FROM completed
        WHERE account.user_id = buyer AND balance >= completed.amount
        RETURNING account.user_id, entries, balance
    ), entry AS (
        INSERT INTO ledger_entry (user_id, entry, kind, amount, balance_after, payment_id)
        SELECT user_id, entries, 'PAYMENT', -amount, balance, id FROM debited, completed
    )
    SELECT completed.id AS "paymentId", completed.reservation_id AS "reservationId",
           completed.status, completed.amount,
           ARRAY(SELECT row_to_json(bought) FROM bought ORDER BY "seatNumber") AS tickets,
           debited.balance AS "balanceAfter", moment(completed.paid_at) AS "paidAt"
    INTO receipt FROM completed, debited;
    IF NOT FOUND THEN
        -- Somebody was there between the look and the deed. All is undone; the next look tells.
        RAISE EXCEPTION 'lost a race for reservation %', wanted USING ERRCODE = 'serialization_failure';
    END IF;

    RETURN answering(buyer, request_key, request_print, 201, '/api/v1/payments/' || receipt."paymentId",
                     has_nothing_to_pay(buyer), NULL, due.schedule_id, row_to_json(receipt));
END $$;
