-- The benches of a schedule, best first. A house without a plan has rows of ten.
CREATE OR REPLACE FUNCTION benches(of_schedule bigint) RETURNS SETOF bench LANGUAGE sql STABLE AS $$
    SELECT bench.* FROM schedule JOIN bench ON bench.plan_id = schedule.plan_id
    WHERE schedule.id = of_schedule
    UNION ALL
    SELECT 0, first_seat, least(first_seat + 9, seat_count), '', (first_seat / 10 + 1)::text, NULL, NULL,
           '', false, -4.5, first_seat / 10 + 1, 1, 0, first_seat / 10 + 1
    FROM schedule, generate_series(1, seat_count, 10) AS first_seat
    WHERE schedule.id = of_schedule AND schedule.plan_id IS NULL
    ORDER BY nearest, first_seat
$$;

-- Where a seat is found: section, row and seat, or only the section where one stands. Nothing in a
-- house without a plan.
CREATE OR REPLACE FUNCTION place(of_schedule bigint, number int) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN standing THEN json_build_object('section', section, 'category', category)
           ELSE json_build_object('section', section, 'row', row_name,
                    'seat', coalesce(labels[number - first_seat + 1], (number - first_seat + 1)::text),
                    'category', category) END
    FROM (SELECT bench.* FROM schedule JOIN bench ON bench.plan_id = schedule.plan_id
          WHERE schedule.id = of_schedule AND first_seat <= number
          ORDER BY first_seat DESC LIMIT 1) AS bench
$$;
