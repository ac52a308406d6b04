-- How a show sells, category by category; a house without a plan has none, and one line.
CREATE OR REPLACE FUNCTION figures(of_schedule bigint) RETURNS json LANGUAGE sql STABLE AS $$
    SELECT json_agg(figure) FROM (
        SELECT nullif(bench.category, '') AS category, min(seat.price) AS price, count(*) AS seats,
               count(*) FILTER (WHERE seat.status = 'SOLD') AS sold,
               count(*) FILTER (WHERE seat.status = 'HELD' AND seat.held_until > now()) AS held,
               count(*) FILTER (WHERE seat.status = 'AVAILABLE'
                   OR seat.status = 'HELD' AND seat.held_until <= now()) AS free,
               count(*) FILTER (WHERE seat.status = 'BLOCKED') AS blocked,
               coalesce(sum(ticket.price) FILTER (WHERE seat.status = 'SOLD'), 0) AS money,
               count(check_in.ticket_id) AS entered
        FROM benches(of_schedule) AS bench
        JOIN seat ON seat.schedule_id = of_schedule
            AND seat.seat_number BETWEEN bench.first_seat AND bench.last_seat
        LEFT JOIN ticket ON ticket.id = seat.ticket_id
        LEFT JOIN check_in ON check_in.ticket_id = ticket.id
        GROUP BY bench.category ORDER BY min(seat.price) DESC, bench.category) AS figure
$$;

-- What the seller sees of the shows of a concert, soonest first.

CREATE OR REPLACE FUNCTION shows(of_concert bigint) RETURNS json LANGUAGE sql STABLE AS $$
    SELECT json_build_object('schedules', ARRAY(
        SELECT row_to_json(show) FROM (
            SELECT id AS "scheduleId", moment(starts_at) AS "startsAt",
                   moment(moved_from) AS "movedFrom", moment(sales_open_at) AS "salesOpenAt",
                   moment(sales_close_at) AS "salesCloseAt", plan_id AS "planId",
                   seats_per_user AS "seatsPerUser", moment(cancelled_at) AS "cancelledAt",
                   cancelled_for AS "cancelledFor", moment(settled_at) AS "settledAt",
                   now() < starts_at AS upcoming, now() >= sales_open_at
                       AND now() < least(sales_close_at, starts_at) AND cancelled_at IS NULL AS "onSale",
                   figures(id) AS categories
            FROM schedule WHERE concert_id = of_concert ORDER BY starts_at, id LIMIT 1000) AS show))
    FROM concert WHERE id = of_concert
$$;
