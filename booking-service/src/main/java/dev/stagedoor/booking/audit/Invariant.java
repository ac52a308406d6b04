package dev.stagedoor.booking.audit;

/** Something that is always true, and a query for the rows that say otherwise. */
enum Invariant {
    ONE_LIVE_TICKET_PER_SEAT(
            "a seat has at most one ticket that is reserved or paid",
            """
            SELECT 'schedule ' || schedule_id || ' seat ' || seat_number FROM ticket
            WHERE status IN ('RESERVED', 'PAID')
            GROUP BY schedule_id, seat_number HAVING count(*) > 1
            """),
    SEAT_AGREES_WITH_TICKET(
            "a sold seat has one paid ticket, a held seat one reserved ticket, others none",
            """
            SELECT 'schedule ' || seat.schedule_id || ' seat ' || seat.seat_number
            FROM seat LEFT JOIN ticket
              ON ticket.schedule_id = seat.schedule_id AND ticket.seat_number = seat.seat_number
             AND ticket.status IN ('RESERVED', 'PAID')
            WHERE (CASE seat.status WHEN 'SOLD' THEN 'PAID' WHEN 'HELD' THEN 'RESERVED' END)
                  IS DISTINCT FROM ticket.status
            """),
    SEAT_POINTS_TO_ITS_TICKET(
            "a taken seat names that very ticket, and the ticket that very seat",
            """
            SELECT 'schedule ' || seat.schedule_id || ' seat ' || seat.seat_number
            FROM seat LEFT JOIN ticket ON ticket.id = seat.ticket_id
            WHERE seat.ticket_id IS NOT NULL
              AND (ticket.id IS NULL OR ticket.schedule_id <> seat.schedule_id
                   OR ticket.seat_number <> seat.seat_number)
            """),
    PAID_MEANS_PAID(
            "a ticket is paid exactly if its reservation is and the payment is completed",
            """
            SELECT 'reservation ' || reservation.id
            FROM reservation JOIN payment ON payment.reservation_id = reservation.id
            JOIN ticket ON ticket.reservation_id = reservation.id
            WHERE (reservation.status = 'PAID') <> (payment.status = 'COMPLETED')
               OR (reservation.status = 'PAID') <> (ticket.status = 'PAID')
            """),
    RESERVATION_IS_WHOLE(
            "a reservation has one payment, of the sum of its tickets, and all its tickets",
            """
            SELECT 'reservation ' || reservation.id
            FROM reservation
            LEFT JOIN payment ON payment.reservation_id = reservation.id
            LEFT JOIN LATERAL (SELECT count(*) AS tickets, sum(price) AS price FROM ticket
                               WHERE ticket.reservation_id = reservation.id) AS own ON true
            WHERE payment.id IS NULL OR payment.amount IS DISTINCT FROM own.price
               OR own.tickets <> reservation.seat_count
            """),
    PAYMENT_IS_IN_THE_LEDGER(
            "money that was paid left the balance of that user exactly once",
            """
            SELECT 'payment ' || coalesce(payment.id, ledger_entry.payment_id)
            FROM (SELECT * FROM payment WHERE status IN ('COMPLETED', 'REFUNDED')) AS payment
            FULL JOIN (SELECT * FROM ledger_entry WHERE kind = 'PAYMENT') AS ledger_entry
              ON ledger_entry.payment_id = payment.id
             AND ledger_entry.user_id = payment.user_id AND ledger_entry.amount = -payment.amount
            WHERE payment.id IS NULL OR ledger_entry.payment_id IS NULL
            UNION ALL
            SELECT 'payment ' || payment_id FROM ledger_entry WHERE kind = 'PAYMENT'
            GROUP BY payment_id HAVING count(*) > 1
            """),
    REFUND_IS_IN_THE_LEDGER(
            "money that was refunded came back to that user exactly once",
            """
            SELECT 'payment ' || coalesce(refund.payment_id, ledger_entry.payment_id)
            FROM refund FULL JOIN (SELECT * FROM ledger_entry WHERE kind = 'REFUND') AS ledger_entry
              ON ledger_entry.payment_id = refund.payment_id
             AND ledger_entry.user_id = refund.user_id AND ledger_entry.amount = refund.amount
            WHERE refund.id IS NULL OR ledger_entry.payment_id IS NULL
            UNION ALL
            SELECT 'payment ' || payment.id FROM payment
            LEFT JOIN refund ON refund.payment_id = payment.id
            WHERE (payment.status = 'REFUNDED') <> (refund.id IS NOT NULL)
            """),
    BALANCE_IS_THE_SUM_OF_THE_LEDGER(
            "a balance is the sum of the user's entries",
            """
            SELECT 'user ' || account.user_id FROM account LEFT JOIN ledger_entry USING (user_id)
            GROUP BY account.user_id, account.balance
            HAVING account.balance <> coalesce(sum(ledger_entry.amount), 0)
            """),
    LEDGER_HAS_NO_GAP(
            "entries of a user are numbered without a gap, each follows from the one before",
            """
            SELECT 'user ' || user_id FROM (
                SELECT user_id, entry, amount, balance_after,
                       lag(entry, 1, 0) OVER chain AS entry_before,
                       lag(balance_after, 1, 0) OVER chain AS balance_before
                FROM ledger_entry WINDOW chain AS (PARTITION BY user_id ORDER BY entry)) AS links
            WHERE entry <> entry_before + 1 OR balance_after <> balance_before + amount
            UNION ALL
            SELECT 'user ' || user_id FROM account
            WHERE entries <> (SELECT count(*) FROM ledger_entry
                              WHERE ledger_entry.user_id = account.user_id)
            """),
    NOTHING_BELOW_ZERO(
            "no balance is or ever was below zero",
            """
            SELECT 'user ' || user_id FROM account WHERE balance < 0
            UNION ALL
            SELECT 'user ' || user_id FROM ledger_entry WHERE balance_after < 0
            """),
    MONEY_IS_CONSERVED(
            "what was charged is in balances or in completed payments",
            """
            SELECT 'charged ' || charged || ', in balances ' || kept || ', spent ' || spent
            FROM (SELECT
                (SELECT coalesce(sum(amount), 0) FROM ledger_entry WHERE kind = 'CHARGE') AS charged,
                (SELECT coalesce(sum(balance), 0) FROM account) AS kept,
                (SELECT coalesce(sum(amount), 0) FROM payment WHERE status = 'COMPLETED') AS spent
            ) AS money WHERE charged <> kept + spent
            """),
    EVERY_SEAT_IS_THERE(
            "a schedule has the seats 1 to its seat count",
            """
            SELECT 'schedule ' || schedule.id FROM schedule LEFT JOIN seat
              ON seat.schedule_id = schedule.id
            GROUP BY schedule.id
            HAVING count(seat.seat_number) <> schedule.seat_count
                OR min(seat.seat_number) <> 1 OR max(seat.seat_number) <> schedule.seat_count
            """),
    CANCELLED_MEANS_OVER(
            "of a show that is settled no seat is for sale, and nobody has a live ticket",
            """
            SELECT 'schedule ' || schedule.id || ' seat ' || seat.seat_number
            FROM schedule JOIN seat ON seat.schedule_id = schedule.id
            WHERE schedule.settled_at IS NOT NULL AND (seat.status <> 'BLOCKED' OR EXISTS (
                SELECT FROM ticket WHERE ticket.schedule_id = seat.schedule_id
                  AND ticket.seat_number = seat.seat_number AND ticket.status IN ('RESERVED', 'PAID')))
            """),
    NOTHING_WAITS_WITHOUT_A_SEAT(
            "a reservation that is held has a pending payment and a held seat until its deadline",
            """
            SELECT 'reservation ' || reservation.id
            FROM reservation JOIN payment ON payment.reservation_id = reservation.id
            WHERE (reservation.status = 'HELD') <> (payment.status = 'PENDING')
               OR (reservation.status = 'HELD') <> EXISTS (
                    SELECT FROM ticket JOIN seat ON seat.ticket_id = ticket.id
                    WHERE ticket.reservation_id = reservation.id AND seat.status = 'HELD'
                      AND seat.held_until = reservation.held_until)
            UNION ALL
            SELECT 'ticket ' || ticket.id FROM ticket
            WHERE ticket.status = 'RESERVED' AND NOT EXISTS (
                SELECT FROM seat WHERE seat.ticket_id = ticket.id AND seat.status = 'HELD')
            """),
    ENDED_MEANS_ENDED(
            "an expired or cancelled ticket has no completed payment, a refunded one has a refund",
            """
            SELECT 'ticket ' || ticket.id
            FROM ticket JOIN payment ON payment.reservation_id = ticket.reservation_id
            LEFT JOIN refund ON refund.payment_id = payment.id
            WHERE ticket.status IN ('EXPIRED', 'CANCELLED')
                  AND payment.status IN ('COMPLETED', 'REFUNDED')
               OR (ticket.status = 'REFUNDED') <> (refund.id IS NOT NULL)
            """),
    WHO_IS_INSIDE_HAS_PAID(
            "somebody has come in only by a ticket that was paid, and not refunded but by the"
                    + " seller",
            """
            SELECT 'ticket ' || ticket.id
            FROM check_in JOIN ticket ON ticket.id = check_in.ticket_id
            JOIN payment ON payment.reservation_id = ticket.reservation_id
            LEFT JOIN refund ON refund.payment_id = payment.id
            WHERE ticket.status NOT IN ('PAID', 'REFUNDED')
               OR refund.created_at < check_in.created_at
               OR refund.id IS NOT NULL AND refund.reason IS NULL
            """);

    private final String sentence;
    private final String offenders;

    Invariant(String sentence, String offenders) {
        this.sentence = sentence;
        this.offenders = offenders;
    }

    String sentence() {
        return sentence;
    }

    /** Yields one text per offender, not more than a handful. */
    String query() {
        return "SELECT offender FROM (" + offenders + ") AS found (offender) LIMIT 5";
    }
}
