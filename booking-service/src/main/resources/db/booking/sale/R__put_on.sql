-- Puts a show on with all its seats: as a plan has them, each of its categories at a price and
-- nothing else, or so many of one price in rows of ten. The show, or why not.

CREATE OR REPLACE FUNCTION put_on(
    of_concert bigint, starts timestamptz, opens timestamptz, closes timestamptz, most int,
    seats int, of_price bigint, of_plan bigint, prices json,
    OUT show bigint, OUT refusal text, OUT categories text[])
LANGUAGE plpgsql AS $$
BEGIN
    IF of_plan IS NOT NULL THEN
        categories = ARRAY(SELECT DISTINCT category FROM bench WHERE plan_id = of_plan ORDER BY 1);
        IF cardinality(categories) = 0 THEN
            refusal = 'plan-not-found';
            RETURN;
        ELSIF categories <> ARRAY(SELECT * FROM json_object_keys(prices) ORDER BY 1) THEN
            refusal = 'validation-failed';
            RETURN;
        END IF;
    END IF;

    INSERT INTO schedule (concert_id, starts_at, concert_date, sales_open_at, sales_close_at,
                          seat_count, seats_per_user, plan_id)
    SELECT concert.id, starts, (starts AT TIME ZONE time_zone)::date, opens, closes,
           coalesce(plan.seat_count, seats), most, plan.id
    FROM concert LEFT JOIN plan ON plan.id = of_plan WHERE concert.id = of_concert
    RETURNING id INTO show;
    IF show IS NULL THEN
        refusal = 'concert-not-found';
    ELSIF of_plan IS NULL THEN
        INSERT INTO seat (schedule_id, seat_number, price)
        SELECT show, number, of_price FROM generate_series(1, seats) AS number;
    ELSE
        WITH priced AS (
            INSERT INTO category_price (schedule_id, category, price)
            SELECT show, key, value::bigint FROM json_each_text(prices)
            RETURNING category, price
        )
        INSERT INTO seat (schedule_id, seat_number, price)
        SELECT show, number, priced.price FROM bench JOIN priced USING (category),
               generate_series(first_seat, last_seat) AS number
        WHERE plan_id = of_plan;
    END IF;
EXCEPTION WHEN unique_violation THEN
    show = NULL;
    refusal = 'schedule-exists';
END $$;
