-- Holds so many seats, the best that are free: side by side, in front and in the middle, and no seat
-- left over alone where that can be avoided. Apart, in as few groups as there may be.

CREATE OR REPLACE FUNCTION hold_best(
    buyer uuid, request_key text, request_print bytea, of_schedule bigint,
    quantity int, of_category text, apart boolean, milliseconds bigint) RETURNS answer
LANGUAGE plpgsql AS $$
DECLARE
    done answer;
    rules record;
    found_seats record;
    numbers int[] = '{}';
    among int[];
    size int = quantity;
    free int;
BEGIN
    done = answered(buyer, request_key, request_print);
    IF done.outcome IS NOT NULL THEN
        RETURN done;
    END IF;

    SELECT * INTO rules FROM on_sale(buyer, of_schedule);
    IF rules.refusal IS NOT NULL THEN
        RETURN refused(rules.refusal);
    ELSIF of_category IS NOT NULL AND NOT EXISTS (
        SELECT FROM category_price WHERE schedule_id = of_schedule AND category = of_category)
    THEN
        RETURN refused('category-not-found');
    END IF;

    -- What cannot be had is refused before anything is looked for.
    IF quantity + seats_of(buyer, of_schedule) > rules.most THEN
        RETURN refused('seat-limit-reached', json_build_object('limit', rules.most));
    END IF;
    free = free_seats(of_schedule, of_category, quantity);

    WHILE free = quantity AND size > 0 AND cardinality(numbers) < quantity LOOP
        size = least(size, quantity - cardinality(numbers));
        SELECT * INTO found_seats FROM side_by_side(of_schedule, size, of_category, numbers, among);
        IF found_seats.numbers IS NOT NULL THEN
            numbers = numbers || found_seats.numbers;
        ELSIF apart THEN
            SELECT least(size - 1, longest), benches INTO size, among
            FROM rooms(of_schedule, of_category, numbers);
        ELSE
            EXIT;
        END IF;
    END LOOP;

    IF cardinality(numbers) < quantity THEN
        IF free = quantity THEN -- a moment ago
            free = free_seats(of_schedule, of_category, quantity);
        END IF;
        IF free < quantity THEN
            RETURN refused('not-enough-seats', json_build_object('available', free));
        END IF;
        RETURN refused(CASE WHEN found_seats.busy OR apart THEN 'seat-contended' ELSE 'seats-not-together' END);
    END IF;

    RETURN take(buyer, request_key, request_print, of_schedule, numbers,
                (SELECT array_agg(ticket_id) FROM seat WHERE schedule_id = of_schedule
                 AND seat_number = ANY(numbers) AND ticket_id IS NOT NULL),
                rules.most, milliseconds);
END $$;

-- How many seats are free, or so many if there are more. In their order, so that PostgreSQL reads the
-- index of those that are unsold, and not the table in the hope of finding some soon.
CREATE OR REPLACE FUNCTION free_seats(of_schedule bigint, of_category text, most int) RETURNS int
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF of_category IS NULL THEN
        RETURN (SELECT count(*) FROM (
            SELECT FROM seat
            WHERE schedule_id = of_schedule
              AND (status = 'AVAILABLE' OR status = 'HELD' AND held_until <= now())
            ORDER BY seat_number LIMIT most) AS found);
    END IF;
    RETURN (SELECT count(*) FROM (
        SELECT FROM benches(of_schedule) AS bench JOIN seat ON schedule_id = of_schedule
            AND seat_number BETWEEN first_seat AND last_seat
        WHERE (status = 'AVAILABLE' OR status = 'HELD' AND held_until <= now())
          AND bench.category = of_category
        LIMIT most) AS found);
END $$;

-- How many at most are free side by side, and the benches that have any, by their first seats; none if
-- those are so many that looking at all of them is no more.
CREATE OR REPLACE FUNCTION rooms(
    of_schedule bigint, of_category text, ours int[], OUT longest int, OUT benches int[])
LANGUAGE sql STABLE AS $$
    SELECT coalesce(max(free), 0),
           CASE WHEN count(DISTINCT first_seat) <= 100 THEN array_agg(DISTINCT first_seat) END
    FROM (
        SELECT first_seat, count(*) AS free FROM (
            SELECT first_seat, CASE WHEN NOT standing THEN
                   seat_number - row_number() OVER (PARTITION BY first_seat ORDER BY seat_number) END AS island
            FROM benches(of_schedule) AS bench JOIN seat ON schedule_id = of_schedule
                AND seat_number BETWEEN first_seat AND last_seat
            WHERE (status = 'AVAILABLE' OR status = 'HELD' AND held_until <= now())
              AND (of_category IS NULL OR bench.category = of_category)
              AND seat_number <> ALL(ours)) AS seats
        GROUP BY first_seat, island) AS places
$$;

-- Locks so many free seats of one bench, but none of those that this transaction has already. Who
-- finds somebody else choosing from a bench takes the next best one; only when there is no other
-- does it wait, with nothing in its hands: who has seats already, of another bench, does not. Busy:
-- that it found none may be for others' sake. Late in a sale it is told among which benches to look.
CREATE OR REPLACE FUNCTION side_by_side(
    of_schedule bigint, quantity int, of_category text, ours int[], among int[],
    OUT numbers int[], OUT busy boolean)
LANGUAGE plpgsql AS $$
DECLARE
    AT_A_LOOK CONSTANT int = 20;
    ROUNDS CONSTANT int = 20;
    candidate record;
    occupied bench;
    looked int;
BEGIN
    FOR round IN 1 .. ROUNDS LOOP
        busy = false;
        looked = 0;
        LOOP
            FOR candidate IN
                SELECT bench, cost, count(*) OVER () AS found FROM (
                    SELECT bench, best.cost
                    FROM benches(of_schedule) AS bench, has_room(of_schedule, bench, quantity),
                         best_of(of_schedule, bench, quantity, ours) AS best
                    WHERE (of_category IS NULL OR bench.category = of_category)
                      AND (among IS NULL OR bench.first_seat = ANY(among))
                    ORDER BY bench.nearest, bench.first_seat OFFSET looked LIMIT AT_A_LOOK) AS near
                ORDER BY cost, (bench).first_seat
            LOOP
                numbers = lock_best_of(of_schedule, candidate.bench, quantity, ours, false);
                IF cardinality(numbers) = quantity THEN
                    RETURN;
                END IF;
                IF NOT busy THEN
                    occupied = candidate.bench;
                END IF;
                busy = true;
            END LOOP;
            EXIT WHEN candidate IS NULL OR candidate.found < AT_A_LOOK;
            looked = looked + AT_A_LOOK;
        END LOOP;
        EXIT WHEN NOT busy OR ours <> '{}';
        numbers = lock_best_of(of_schedule, occupied, quantity, ours, true);
        IF cardinality(numbers) = quantity THEN
            RETURN;
        END IF;
    END LOOP;
    numbers = NULL;
END $$;

-- A row if so many seats of a bench are free at all: soon seen, and late in a sale most have none.
CREATE OR REPLACE FUNCTION has_room(of_schedule bigint, of_bench bench, quantity int)
RETURNS TABLE (here int) LANGUAGE sql STABLE AS $$
    SELECT 1 WHERE quantity <= (SELECT count(*) FROM (
        SELECT FROM seat
        WHERE schedule_id = of_schedule
          AND seat_number BETWEEN of_bench.first_seat AND of_bench.last_seat
          AND (status = 'AVAILABLE' OR status = 'HELD' AND held_until <= now())
        LIMIT quantity) AS free)
$$;

-- The best place of a bench for so many, and how far from the stage it is; further than anything if
-- it costs the bench a place for others who are as many, and further still if it leaves a seat over
-- alone. Nothing if there is none.
CREATE OR REPLACE FUNCTION best_of(of_schedule bigint, of_bench bench, quantity int, ours int[])
RETURNS TABLE (start int, cost double precision) LANGUAGE sql STABLE AS $$
    SELECT start, |/ ((of_bench.x + middle * of_bench.step_x) ^ 2
                      + (of_bench.y + middle * of_bench.step_y) ^ 2)
                  + 100000 * ((before + behind) / quantity - before / quantity - behind / quantity)
                  + 1000000 * ((before = 1)::int + (behind = 1)::int) AS cost
    FROM (
        SELECT seat_number - quantity + 1 AS start,
               seat_number - of_bench.first_seat - (quantity - 1) / 2.0 AS middle,
               (row_number() OVER gap)::int - quantity AS before,
               max(seat_number) OVER (PARTITION BY island) - seat_number AS behind
        FROM (
            SELECT seat_number, seat_number - row_number() OVER (ORDER BY seat_number) AS island
            FROM seat
            WHERE schedule_id = of_schedule
              AND seat_number BETWEEN of_bench.first_seat AND of_bench.last_seat
              AND (status = 'AVAILABLE' OR status = 'HELD' AND held_until <= now())
              AND seat_number <> ALL(ours)) AS free
        WINDOW gap AS (PARTITION BY island ORDER BY seat_number)) AS place
    WHERE NOT of_bench.standing AND before >= 0
    UNION ALL
    SELECT of_bench.first_seat, |/ (of_bench.x ^ 2 + of_bench.y ^ 2)
    WHERE of_bench.standing AND quantity <= (SELECT count(*) FROM (
        SELECT FROM seat
        WHERE schedule_id = of_schedule
          AND seat_number BETWEEN of_bench.first_seat AND of_bench.last_seat
          AND (status = 'AVAILABLE' OR status = 'HELD' AND held_until <= now())
          AND seat_number <> ALL(ours) LIMIT quantity) AS free)
    ORDER BY cost, start LIMIT 1
$$;

-- Locks that place, as it is now; fewer seats if it was taken meanwhile or somebody else is choosing
-- from the bench: two who choose at once would choose the same. Where one stands, any of them will
-- do. What is of no use is let go.
CREATE OR REPLACE FUNCTION lock_best_of(
    of_schedule bigint, of_bench bench, quantity int, ours int[], patiently boolean) RETURNS int[] LANGUAGE plpgsql AS $$
DECLARE
    numbers int[] = '{}';
    place int;
BEGIN
    BEGIN
        IF of_bench.standing AND patiently THEN
            SELECT array_agg(seat_number) INTO numbers FROM (
                SELECT seat_number FROM seat
                WHERE schedule_id = of_schedule
                  AND seat_number BETWEEN of_bench.first_seat AND of_bench.last_seat
                  AND (status = 'AVAILABLE' OR status = 'HELD' AND held_until <= now())
                ORDER BY seat_number LIMIT quantity FOR NO KEY UPDATE) AS locked;
        ELSIF of_bench.standing THEN
            SELECT array_agg(seat_number) INTO numbers FROM (
                SELECT seat_number FROM seat
                WHERE schedule_id = of_schedule
                  AND seat_number BETWEEN of_bench.first_seat AND of_bench.last_seat
                  AND (status = 'AVAILABLE' OR status = 'HELD' AND held_until <= now())
                  AND seat_number <> ALL(ours)
                ORDER BY seat_number LIMIT quantity FOR NO KEY UPDATE SKIP LOCKED) AS locked;
        ELSIF is_our_turn(of_schedule, of_bench.first_seat, patiently) THEN
            SELECT start INTO place FROM best_of(of_schedule, of_bench, quantity, ours);
            SELECT array_agg(seat_number) INTO numbers FROM (
                SELECT seat_number FROM seat
                WHERE schedule_id = of_schedule AND seat_number BETWEEN place AND place + quantity - 1
                  AND (status = 'AVAILABLE' OR status = 'HELD' AND held_until <= now())
                ORDER BY seat_number FOR NO KEY UPDATE SKIP LOCKED) AS locked;
        END IF;
        IF numbers IS NULL OR cardinality(numbers) < quantity THEN
            RAISE EXCEPTION 'let go' USING ERRCODE = 'SD001';
        END IF;
    EXCEPTION WHEN SQLSTATE 'SD001' THEN
        numbers = coalesce(numbers, '{}');
    END;
    RETURN numbers;
END $$;

-- Whether nobody else is choosing from that bench; or after whoever does and whoever waits already.
CREATE OR REPLACE FUNCTION is_our_turn(of_schedule bigint, of_bench int, patiently boolean)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    key CONSTANT bigint = hashtextextended('bench/' || of_schedule || '/' || of_bench, 0);
BEGIN
    IF patiently THEN
        PERFORM pg_advisory_xact_lock(key);
    END IF;
    RETURN patiently OR pg_try_advisory_xact_lock(key);
END $$;
