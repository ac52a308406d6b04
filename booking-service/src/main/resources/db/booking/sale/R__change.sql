-- Moves a show to another time, and its sale to another window; null leaves what is. Closed: nothing
-- is held from this moment on; what is held already may be paid until it runs out; twice is once. A
-- sale that would have ended with the begin still does.

CREATE OR REPLACE FUNCTION change(
    of_schedule bigint, starts timestamptz, opens timestamptz, closes timestamptz, most int,
    closed boolean) RETURNS answer
LANGUAGE plpgsql AS $$
DECLARE
    was schedule;
    as_before boolean;
    document json;
BEGIN
    SELECT * INTO was FROM schedule WHERE id = of_schedule FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN refused('schedule-not-found');
    ELSIF was.cancelled_at IS NOT NULL THEN
        RETURN refused('schedule-cancelled');
    END IF;

    starts = coalesce(starts, was.starts_at);
    opens = coalesce(opens, was.sales_open_at);
    closes = coalesce(closes, CASE WHEN was.sales_close_at = was.starts_at THEN starts
                                   ELSE was.sales_close_at END);
    IF closed AND (closes > now() OR closes = starts) THEN
        closes = now();
        opens = least(opens, closes - interval '1 microsecond');
    END IF;
    IF opens >= closes THEN
        RETURN refused('validation-failed', json_build_object('fields', json_build_array(
            json_build_object('field', 'salesOpenAt', 'must', 'be before the end of sales'))));
    END IF;

    as_before = (starts, opens, closes, coalesce(most, was.seats_per_user))
              = (was.starts_at, was.sales_open_at, was.sales_close_at, was.seats_per_user);
    UPDATE schedule SET starts_at = starts, sales_open_at = opens, sales_close_at = closes,
           seats_per_user = coalesce(most, seats_per_user),
           concert_date = (SELECT (starts AT TIME ZONE time_zone)::date
                           FROM concert WHERE concert.id = schedule.concert_id),
           moved_from = nullif(coalesce(moved_from, starts_at), starts)
    WHERE id = of_schedule
    RETURNING json_build_object('scheduleId', id, 'startsAt', moment(starts_at),
        'movedFrom', moment(moved_from), 'salesOpenAt', moment(sales_open_at),
        'salesCloseAt', moment(sales_close_at), 'seatsPerUser', seats_per_user) INTO document;
    IF as_before THEN
        RETURN done_before(document);
    END IF;
    RETURN answering(NULL, NULL, NULL, 200, NULL, false, NULL, of_schedule, document);
EXCEPTION WHEN unique_violation THEN
    RETURN refused('schedule-exists');
END $$;
