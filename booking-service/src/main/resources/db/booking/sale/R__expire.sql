-- Ends tickets whose hold ran out and whose seat is gone or free again, of which this transaction has
-- locked the seat while it was HELD: a live ticket, of a reservation that is held. That ends, with its
-- payment, when it has no live ticket left; its row is locked first, so that of two who each end one
-- of its tickets the second one sees the first.

CREATE OR REPLACE FUNCTION expire(tickets uuid[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    reservations uuid[];
BEGIN
    SELECT array_agg(id) INTO reservations
    FROM (SELECT id FROM reservation
          WHERE id IN (SELECT reservation_id FROM ticket WHERE id = ANY(tickets))
          ORDER BY id FOR NO KEY UPDATE) AS locked;

    UPDATE ticket SET status = 'EXPIRED' WHERE id = ANY(tickets);

    -- Of one that is held, a ticket is RESERVED or EXPIRED. Asked for RESERVED, PostgreSQL reads
    -- the index of all live tickets for each reservation, while a new sale has no statistics yet.
    WITH expired AS (
        UPDATE reservation SET status = 'EXPIRED'
        WHERE id = ANY(reservations)
          AND NOT EXISTS (SELECT FROM ticket WHERE ticket.reservation_id = reservation.id
                          AND ticket.status <> 'EXPIRED')
        RETURNING id
    )
    UPDATE payment SET status = 'EXPIRED' FROM expired WHERE payment.reservation_id = expired.id;
END $$;
