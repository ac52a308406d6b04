-- Places to stand are sold from one end, and late in a sale all the others too: what is left is found
-- here without a look at all that is gone. While it is made nothing is sold: of a large table somebody
-- makes it before, CONCURRENTLY.

CREATE INDEX IF NOT EXISTS seat_unsold ON seat (schedule_id, seat_number) WHERE status IN ('AVAILABLE', 'HELD');
