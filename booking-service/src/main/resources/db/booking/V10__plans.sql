-- How the seats of a house stand. A plan never changes: what is sold from it means the same for
-- ever. Another version of it is another plan of the same name.
CREATE TABLE plan (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    version    int NOT NULL CHECK (version >= 1),
    seat_count int NOT NULL CHECK (seat_count BETWEEN 1 AND 100000),
    document   text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (name, version)
);

-- Seats in a line without an aisle, numbered on from the first, from left to right; or a place to
-- stand, where nobody has a seat. The stage is at (0, 0), a seat is 1 wide.
CREATE TABLE bench (
    plan_id    bigint NOT NULL REFERENCES plan,
    first_seat int NOT NULL CHECK (first_seat >= 1),
    last_seat  int NOT NULL CHECK (last_seat >= first_seat),
    section    text NOT NULL,
    row_name   text CHECK ((row_name IS NULL) = standing),
    labels     text[] CHECK (cardinality(labels) = last_seat - first_seat + 1),
    accessible int[],
    category   text NOT NULL,
    standing   boolean NOT NULL,
    x          real NOT NULL, -- of the first seat
    y          real NOT NULL,
    step_x     real NOT NULL, -- from seat to seat
    step_y     real NOT NULL,
    nearest    real NOT NULL, -- no seat of it is nearer to the stage
    PRIMARY KEY (plan_id, first_seat)
);

CREATE INDEX bench_best_first ON bench (plan_id, nearest, first_seat);

CREATE TRIGGER plan_never_changes BEFORE UPDATE OR DELETE ON plan
    FOR EACH ROW EXECUTE FUNCTION refuse_any_change();
CREATE TRIGGER bench_never_changes BEFORE UPDATE OR DELETE ON bench
    FOR EACH ROW EXECUTE FUNCTION refuse_any_change();

-- None: rows of ten, from 1 on.
ALTER TABLE schedule ADD COLUMN plan_id bigint REFERENCES plan;

-- Of each category of the plan; the seats have their prices from here.
CREATE TABLE category_price (
    schedule_id bigint NOT NULL REFERENCES schedule,
    category    text NOT NULL,
    price       bigint NOT NULL CHECK (price > 0),
    PRIMARY KEY (schedule_id, category)
);
