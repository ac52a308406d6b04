-- Histories are read page by page: newest first, from where the last page ended. Read backwards,
-- these serve both columns in one direction, as the comparison (created_at, id) < (…) needs it.

CREATE INDEX reservation_pages ON reservation (user_id, created_at, id);
DROP INDEX reservation_history;

CREATE INDEX ticket_pages ON ticket (user_id, created_at, id);
DROP INDEX ticket_history;

CREATE INDEX payment_pages ON payment (user_id, created_at, id);
DROP INDEX payment_history;
