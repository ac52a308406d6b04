-- Puts a plan there, as the next version of its name.
CREATE OR REPLACE FUNCTION put_plan(plan_name text, seats int, document text, of_benches json)
RETURNS TABLE (plan_id bigint, plan_version int) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    made bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('plan/' || plan_name, 0));
    INSERT INTO plan (name, version, seat_count, document)
    VALUES (plan_name, (SELECT coalesce(max(version), 0) + 1 FROM plan WHERE name = plan_name),
            put_plan.seats, put_plan.document)
    RETURNING id, version INTO made, plan_version;

    INSERT INTO bench (plan_id, first_seat, last_seat, section, row_name, labels, accessible,
                       category, standing, x, y, step_x, step_y, nearest)
    SELECT made, "firstSeat", "firstSeat" + bench.seats - 1, section, "row", labels,
           accessible, category, standing, x, y, "stepX", "stepY",
           (SELECT min(|/ ((x + i * "stepX") ^ 2 + (y + i * "stepY") ^ 2))
            FROM generate_series(0, bench.seats - 1) AS i)
    FROM json_to_recordset(of_benches) AS bench (
        "firstSeat" int, seats int, section text, "row" text, labels text[], accessible int[],
        category text, standing boolean, x real, y real, "stepX" real, "stepY" real);
    plan_id = made;
    RETURN NEXT;
END $$;
