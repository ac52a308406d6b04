-- Places to stand are sold from one end, and late in a sale all the others too: what is left is found
-- here without a look at all that is gone.

CREATE INDEX seat_unsold ON seat (schedule_id, seat_number) WHERE status IN ('AVAILABLE', 'HELD');
