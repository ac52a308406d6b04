-- Who has come in: a ticket once, and that stays so.

CREATE TABLE check_in (
    ticket_id  uuid PRIMARY KEY REFERENCES ticket,
    door       text NOT NULL CHECK (length(door) BETWEEN 1 AND 100),
    operator   text NOT NULL,
    scan       text CHECK (length(scan) BETWEEN 1 AND 100), -- by which a scanner knows it again
    entered_at timestamptz NOT NULL,                        -- as the scanner says, which may have been offline
    created_at timestamptz NOT NULL DEFAULT now(),
    CHECK (entered_at <= created_at)
);

CREATE TRIGGER check_in_is_append_only BEFORE UPDATE OR DELETE ON check_in
    FOR EACH ROW EXECUTE FUNCTION refuse_any_change();
