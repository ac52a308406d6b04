-- Gives back the money and the seats of a payment, until the concert begins.

CREATE OR REPLACE FUNCTION refund(
    buyer uuid, request_key text, request_print bytea, wanted uuid) RETURNS answer
LANGUAGE plpgsql AS $$
DECLARE
    done answer;
    paid record;
    refunded record;
BEGIN
    done = answered(buyer, request_key, request_print);
    IF done.outcome IS NOT NULL THEN
        RETURN done;
    END IF;

    SELECT payment.reservation_id, payment.amount, payment.status,
           reservation.schedule_id, schedule.starts_at > now() AS early INTO paid
    FROM payment JOIN reservation ON reservation.id = payment.reservation_id
    JOIN schedule ON schedule.id = reservation.schedule_id
    WHERE payment.id = wanted AND payment.user_id = buyer;
    IF NOT FOUND THEN
        RETURN refused('payment-not-found');
    ELSIF paid.status <> 'COMPLETED' OR NOT paid.early THEN
        RETURN refused('payment-not-refundable');
    END IF;
    IF has_entered(paid.reservation_id) THEN
        RETURN refused('ticket-used');
    END IF;
    IF end_reservation(paid.reservation_id, 'PAID', 'REFUNDED') <> 'REFUNDED' THEN
        RETURN refused('payment-not-refundable');
    END IF;

    IF has_entered(paid.reservation_id) THEN
        -- Somebody came in between the look and the deed. All is undone; the next look tells.
        RAISE EXCEPTION 'lost a race for payment %', wanted USING ERRCODE = 'serialization_failure';
    END IF;

    INSERT INTO refund (payment_id, user_id, amount) VALUES (wanted, buyer, paid.amount);
    WITH moved AS (
        UPDATE account SET balance = balance + paid.amount, entries = entries + 1
        WHERE user_id = buyer RETURNING user_id, entries, balance
    )
    INSERT INTO ledger_entry (user_id, entry, kind, amount, balance_after, payment_id)
    SELECT user_id, entries, 'REFUND', paid.amount, balance, wanted FROM moved
    RETURNING payment_id AS "paymentId", paid.reservation_id AS "reservationId",
              'REFUNDED' AS status, amount, balance_after AS "balanceAfter",
              moment(created_at) AS "refundedAt" INTO refunded;
    RETURN answering(buyer, request_key, request_print, 200, NULL, false, NULL,
                     paid.schedule_id, row_to_json(refunded));
END $$;
