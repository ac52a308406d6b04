-- One reserve-and-pay journey, statement for statement what the booking service sends, for pgbench.
-- bench_user holds users with a full account; bench counts the seats of many evenings up.
SELECT nextval('bench') AS n \gset
\set schedule :first + :n / 1000
\set seat 1 + :n % 1000
\set who :n % 500
SELECT id AS user, gen_random_uuid() AS ticket, gen_random_uuid() AS reservation,
       gen_random_uuid() AS payment FROM bench_user WHERE n = :who \gset
BEGIN;
SELECT schedule.seats_per_user, now() < schedule.sales_open_at AS early,
       now() >= least(schedule.sales_close_at, schedule.starts_at) AS late
FROM users LEFT JOIN schedule ON schedule.id = :schedule
WHERE users.id = :user FOR NO KEY UPDATE OF users;
WITH wanted AS (
    SELECT seat_number, ticket_id AS displaced FROM seat
    WHERE schedule_id = :schedule AND seat_number = ANY(ARRAY[:seat]::int[])
      AND (status = 'AVAILABLE' OR status = 'HELD' AND held_until <= now())
    ORDER BY seat_number FOR NO KEY UPDATE
), mine AS (
    SELECT count(*) AS live FROM ticket JOIN seat ON seat.ticket_id = ticket.id
    WHERE ticket.user_id = :user AND ticket.schedule_id = :schedule
      AND ticket.status IN ('RESERVED', 'PAID')
      AND (seat.status = 'SOLD' OR seat.held_until > now())
)
UPDATE seat SET status = 'HELD', ticket_id = claim.ticket_id,
       held_until = now() + 300000 * interval '1 millisecond'
FROM wanted
JOIN unnest(ARRAY[:seat]::int[], ARRAY[:ticket]::uuid[]) AS claim (seat_number, ticket_id)
     ON claim.seat_number = wanted.seat_number
WHERE seat.schedule_id = :schedule AND seat.seat_number = wanted.seat_number
  AND (status = 'AVAILABLE' OR status = 'HELD' AND held_until <= now())
  AND (SELECT live FROM mine) + cardinality(ARRAY[:seat]::int[]) <= 1000
RETURNING seat.seat_number, seat.ticket_id, seat.price, seat.held_until, displaced;
WITH held AS (
    INSERT INTO reservation (id, user_id, schedule_id, seat_count, held_until)
    VALUES (:reservation, :user, :schedule, 1, now() + 300000 * interval '1 millisecond')
    RETURNING created_at
), tickets AS (
    INSERT INTO ticket (id, reservation_id, user_id, schedule_id, seat_number, price)
    SELECT claimed.id, :reservation, :user, :schedule, claimed.number, claimed.price
    FROM unnest(ARRAY[:ticket]::uuid[], ARRAY[:seat]::int[], ARRAY[50000]::bigint[])
         AS claimed (id, number, price)
), pending AS (
    INSERT INTO payment (id, reservation_id, user_id, amount)
    VALUES (:payment, :reservation, :user, 50000)
)
SELECT created_at FROM held;
COMMIT;
BEGIN;
WITH mine AS (
    SELECT seat.schedule_id, seat.seat_number, seat.ticket_id
    FROM seat JOIN ticket ON ticket.id = seat.ticket_id
    WHERE ticket.reservation_id = :reservation
      AND seat.status = 'HELD' AND seat.held_until > now()
    ORDER BY seat.schedule_id, seat.seat_number FOR NO KEY UPDATE OF seat
), sold AS (
    UPDATE seat SET status = 'SOLD', held_until = NULL
    FROM mine
    WHERE seat.schedule_id = mine.schedule_id AND seat.seat_number = mine.seat_number
      AND seat.ticket_id = mine.ticket_id
      AND seat.status = 'HELD' AND seat.held_until > now()
    RETURNING seat.seat_number
), paid AS (
    UPDATE reservation SET status = 'PAID'
    WHERE id = :reservation AND user_id = :user
      AND status = 'HELD' AND held_until > now()
      AND seat_count = (SELECT count(*) FROM sold)
    RETURNING id, schedule_id, seat_count
), bought AS (
    UPDATE ticket SET status = 'PAID' FROM paid
    WHERE ticket.reservation_id = paid.id AND ticket.status = 'RESERVED'
    RETURNING ticket.id, ticket.seat_number, ticket.price
), completed AS (
    UPDATE payment SET status = 'COMPLETED', paid_at = now() FROM paid
    WHERE payment.reservation_id = paid.id AND payment.status = 'PENDING'
    RETURNING payment.id, payment.amount, payment.paid_at
), debited AS (
    UPDATE account SET balance = balance - completed.amount, entries = entries + 1
    FROM completed
    WHERE account.user_id = :user AND balance >= completed.amount
    RETURNING account.user_id, entries, balance
), entry AS (
    INSERT INTO ledger_entry (user_id, entry, kind, amount, balance_after, payment_id)
    SELECT user_id, entries, 'PAYMENT', -amount, balance, id FROM debited, completed
)
SELECT completed.id, completed.amount, completed.paid_at, paid.schedule_id,
       paid.seat_count, debited.balance, tickets.*,
       NOT EXISTS (SELECT FROM reservation AS other
                   WHERE other.user_id = :user AND other.id <> :reservation
                     AND other.status = 'HELD' AND other.held_until > now()) AS last
FROM paid CROSS JOIN completed LEFT JOIN debited ON true
CROSS JOIN (SELECT array_agg(id ORDER BY seat_number) AS tickets,
                   array_agg(seat_number ORDER BY seat_number) AS numbers,
                   array_agg(price ORDER BY seat_number) AS prices
            FROM bought) AS tickets;
COMMIT;
