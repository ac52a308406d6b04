-- A show may be one of several of a day, be moved, and be cancelled; a refund may have a reason.

ALTER TABLE schedule DROP CONSTRAINT schedule_concert_id_concert_date_key;

ALTER TABLE schedule
    ADD COLUMN moved_from    timestamptz,   -- when it was announced for at first, if that has changed
    ADD COLUMN cancelled_at  timestamptz,   -- nothing of it is sold from here on
    ADD COLUMN cancelled_for text CHECK (length(cancelled_for) BETWEEN 1 AND 200),
    ADD COLUMN settled_at    timestamptz,   -- all that was paid for it has been given back
    ADD CONSTRAINT schedule_cancelled_for_a_reason
        CHECK ((cancelled_at IS NULL) = (cancelled_for IS NULL)),
    ADD CONSTRAINT schedule_settled_once_cancelled CHECK (settled_at IS NULL OR cancelled_at IS NOT NULL);

-- At the time of one that was cancelled another one may be played.
ALTER TABLE schedule DROP CONSTRAINT schedule_concert_id_starts_at_key;
CREATE UNIQUE INDEX one_show_at_a_time ON schedule (concert_id, starts_at) WHERE cancelled_at IS NULL;

CREATE INDEX schedule_of_concert ON schedule (concert_id, starts_at);
CREATE INDEX schedule_to_settle ON schedule (cancelled_at)
    WHERE cancelled_at IS NOT NULL AND settled_at IS NULL;

ALTER TABLE refund ADD COLUMN reason text CHECK (length(reason) BETWEEN 1 AND 200);
