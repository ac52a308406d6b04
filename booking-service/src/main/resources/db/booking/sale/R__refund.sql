-- Gives back the money and the seats of a payment, until the concert begins.

CREATE OR REPLACE FUNCTION refund(
    buyer uuid, request_key text, request_print bytea, wanted uuid) RETURNS answer
LANGUAGE plpgsql AS $$
DECLARE
    done answer;
    paid record;
BEGIN
    done = answered(buyer, request_key, request_print);
    IF done.outcome IS NOT NULL THEN
        RETURN done;
    END IF;

    SELECT payment.reservation_id, reservation.schedule_id, schedule.starts_at > now() AS early INTO paid
    FROM payment JOIN reservation ON reservation.id = payment.reservation_id
    JOIN schedule ON schedule.id = reservation.schedule_id
    WHERE payment.id = wanted AND payment.user_id = buyer;
    IF NOT FOUND THEN
        RETURN refused('payment-not-found');
    ELSIF has_entered(paid.reservation_id) THEN
        RETURN refused('ticket-used');
    ELSIF NOT paid.early OR NOT refunded_now(wanted, NULL) THEN
        RETURN refused('payment-not-refundable');
    END IF;
    IF has_entered(paid.reservation_id) THEN
        -- Somebody came in between the look and the deed. All is undone; the next look tells.
        RAISE EXCEPTION 'lost a race for payment %', wanted USING ERRCODE = 'serialization_failure';
    END IF;
    RETURN answering(buyer, request_key, request_print, 200, NULL, false, NULL,
                     paid.schedule_id, refund_document(wanted));
END $$;

-- The same at the seller's word, also when the concert has begun, and somebody has come in. Twice is once, for the first reason.
CREATE OR REPLACE FUNCTION refund_for(wanted uuid, why text) RETURNS answer
LANGUAGE plpgsql AS $$
DECLARE
    of_schedule bigint;
    just_now boolean;
    document json;
BEGIN
    SELECT schedule_id INTO of_schedule
    FROM payment JOIN reservation ON reservation.id = payment.reservation_id WHERE payment.id = wanted;
    IF NOT FOUND THEN
        RETURN refused('payment-not-found');
    END IF;
    just_now = refunded_now(wanted, why);
    -- A statement of its own sees the refund of somebody faster, for whom that one has waited.
    document = refund_document(wanted);
    IF document IS NULL THEN
        RETURN refused('payment-not-refundable');
    ELSIF NOT just_now THEN
        RETURN done_before(document);
    END IF;
    RETURN answering(NULL, NULL, NULL, 200, NULL, false, NULL, of_schedule, document);
END $$;

-- Whether it was still paid, and is refunded now.
CREATE OR REPLACE FUNCTION refunded_now(wanted uuid, why text) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    IF end_reservation((SELECT reservation_id FROM payment WHERE id = wanted), 'PAID', 'REFUNDED') <> 'REFUNDED' THEN
        RETURN false;
    END IF;
    -- Looked at by a statement of its own, which sees what somebody faster has committed meanwhile.
    IF EXISTS (SELECT FROM refund WHERE payment_id = wanted) THEN
        RETURN false;
    END IF;
    PERFORM repay(ARRAY[wanted], why);
    RETURN true;
END $$;

-- The money of payments that have just become REFUNDED goes back into the balances: an entry of the
-- ledger for each, however many there are of one user.
CREATE OR REPLACE FUNCTION repay(payments uuid[], why text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    -- After all who came in while this was waiting for their tickets.
    INSERT INTO refund (payment_id, user_id, amount, reason, created_at)
    SELECT id, user_id, amount, why, clock_timestamp() FROM payment WHERE id = ANY(payments);

    PERFORM FROM account WHERE user_id IN (SELECT user_id FROM payment WHERE id = ANY(payments))
    ORDER BY user_id FOR NO KEY UPDATE;
    WITH entry AS (
        INSERT INTO ledger_entry (user_id, entry, kind, amount, balance_after, payment_id)
        SELECT user_id, entries + row_number() OVER theirs, 'REFUND', amount,
               balance + sum(amount) OVER theirs, payment.id
        FROM payment JOIN account USING (user_id) WHERE payment.id = ANY(payments)
        WINDOW theirs AS (PARTITION BY user_id ORDER BY payment.id ROWS UNBOUNDED PRECEDING)
        RETURNING user_id, amount
    )
    UPDATE account SET balance = account.balance + back.amount, entries = account.entries + back.entries
    FROM (SELECT user_id, sum(amount) AS amount, count(*) AS entries FROM entry GROUP BY user_id) AS back
    WHERE account.user_id = back.user_id;
END $$;

CREATE OR REPLACE FUNCTION refund_document(wanted uuid) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT row_to_json(document) FROM (
        SELECT payment.id AS "paymentId", payment.reservation_id AS "reservationId", payment.status,
               payment.amount, ledger_entry.balance_after AS "balanceAfter",
               moment(refund.created_at) AS "refundedAt", refund.reason
        FROM refund JOIN payment ON payment.id = refund.payment_id
        JOIN ledger_entry ON ledger_entry.payment_id = payment.id AND ledger_entry.kind = 'REFUND'
        WHERE refund.payment_id = wanted) AS document
$$;
