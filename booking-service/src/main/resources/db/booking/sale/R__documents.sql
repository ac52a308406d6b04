-- What is shown of what somebody has. A hold past its deadline reads EXPIRED.

CREATE OR REPLACE FUNCTION reservation_document(wanted uuid, buyer uuid) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT row_to_json(document) FROM (
            SELECT id AS "reservationId", schedule_id AS "scheduleId",
                   CASE WHEN lapsed THEN 'EXPIRED' ELSE status END AS status,
                   ARRAY(SELECT row_to_json(ticket) FROM (
                       SELECT id AS "ticketId", seat_number AS "seatNumber",
                              place(schedule_id, seat_number), price,
                              CASE WHEN lapsed THEN 'EXPIRED' ELSE status END AS status
                       FROM ticket WHERE reservation_id = reservation.id
                       ORDER BY seat_number) AS ticket) AS tickets,
                   (SELECT row_to_json(payment) FROM (
                       SELECT id AS "paymentId", amount,
                              CASE WHEN lapsed THEN 'EXPIRED' ELSE status END AS status
                       FROM payment WHERE reservation_id = reservation.id) AS payment) AS payment,
                   moment(created_at) AS "createdAt", moment(held_until) AS "holdExpiresAt",
                   (SELECT cancelled_at IS NOT NULL FROM schedule
                    WHERE schedule.id = schedule_id) AS "scheduleCancelled"
            FROM (SELECT *, status = 'HELD' AND held_until <= now() AS lapsed FROM reservation
                  WHERE id = wanted AND user_id = buyer) AS reservation
        ) AS document);
END $$;

CREATE OR REPLACE FUNCTION payment_document(wanted uuid, buyer uuid) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT row_to_json(document) FROM (
            SELECT payment.id AS "paymentId", payment.reservation_id AS "reservationId",
                   payment.amount,
                   CASE WHEN payment.status = 'PENDING' AND reservation.held_until <= now()
                        THEN 'EXPIRED' ELSE payment.status END AS status,
                   moment(payment.created_at) AS "createdAt", moment(payment.paid_at) AS "paidAt",
                   moment(refund.created_at) AS "refundedAt", refund.reason AS "refundReason"
            FROM payment JOIN reservation ON reservation.id = payment.reservation_id
            LEFT JOIN refund ON refund.payment_id = payment.id
            WHERE payment.id = wanted AND payment.user_id = buyer
        ) AS document);
END $$;

-- Histories, newest first: a page of so many, from where the last page ended; nothing if the user
-- has nothing of the id that it ended with.

CREATE OR REPLACE FUNCTION reservations(buyer uuid, before text, most int) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN json_build_object('reservations', ARRAY(
        SELECT reservation_document(id, buyer)
        FROM reservation
        WHERE reservation.user_id = buyer AND (reservation.created_at, reservation.id) < (
            SELECT created_at, id FROM reservation WHERE id = before::uuid AND user_id = buyer
            UNION ALL
            SELECT 'infinity', 'ffffffff-ffff-ffff-ffff-ffffffffffff' WHERE before IS NULL)
        ORDER BY reservation.created_at DESC, reservation.id DESC LIMIT most));
END $$;

CREATE OR REPLACE FUNCTION payments(buyer uuid, before text, most int) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN json_build_object('payments', ARRAY(
        SELECT payment_document(id, buyer)
        FROM payment
        WHERE payment.user_id = buyer AND (payment.created_at, payment.id) < (
            SELECT created_at, id FROM payment WHERE id = before::uuid AND user_id = buyer
            UNION ALL
            SELECT 'infinity', 'ffffffff-ffff-ffff-ffff-ffffffffffff' WHERE before IS NULL)
        ORDER BY payment.created_at DESC, payment.id DESC LIMIT most));
END $$;

CREATE OR REPLACE FUNCTION tickets(buyer uuid, before text, most int) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN json_build_object('tickets', ARRAY(
        SELECT row_to_json(document) FROM (
            SELECT ticket.id AS "ticketId", ticket.reservation_id AS "reservationId",
                   ticket.schedule_id AS "scheduleId", concert.title, concert.venue,
                   moment(schedule.starts_at) AS "startsAt", concert.time_zone AS "timeZone",
                   moment(schedule.moved_from) AS "movedFrom",
                   schedule.cancelled_at IS NOT NULL AS "scheduleCancelled",
                   ticket.seat_number AS "seatNumber",
                   place(ticket.schedule_id, ticket.seat_number), ticket.price,
                   CASE WHEN ticket.status = 'RESERVED' AND reservation.held_until <= now()
                        THEN 'EXPIRED' ELSE ticket.status END AS status,
                   moment(check_in.entered_at) AS "enteredAt"
            FROM ticket
            LEFT JOIN check_in ON check_in.ticket_id = ticket.id
            JOIN reservation ON reservation.id = ticket.reservation_id
            JOIN schedule ON schedule.id = ticket.schedule_id
            JOIN concert ON concert.id = schedule.concert_id
            WHERE ticket.user_id = buyer AND (ticket.created_at, ticket.id) < (
                SELECT created_at, id FROM ticket WHERE id = before::uuid AND user_id = buyer
                UNION ALL
                SELECT 'infinity', 'ffffffff-ffff-ffff-ffff-ffffffffffff' WHERE before IS NULL)
            ORDER BY ticket.created_at DESC, ticket.id DESC LIMIT most
        ) AS document));
END $$;

CREATE OR REPLACE FUNCTION balance(buyer uuid) RETURNS json LANGUAGE sql STABLE AS $$
    SELECT json_build_object('balance', balance) FROM account WHERE user_id = buyer
$$;

CREATE OR REPLACE FUNCTION entries(buyer uuid, before text, most int) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object('entries', ARRAY(
        SELECT row_to_json(document) FROM (
            SELECT entry, kind, amount, balance_after AS "balanceAfter", payment_id AS "paymentId",
                   moment(created_at) AS "createdAt"
            FROM ledger_entry WHERE user_id = buyer AND entry < before::bigint
            ORDER BY entry DESC LIMIT most
        ) AS document))
    FROM account WHERE user_id = buyer
$$;
