-- Who of the operators did what, and what the auditor said last.

CREATE TABLE admin_change (
    id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at   timestamptz NOT NULL DEFAULT now(),
    who  text NOT NULL,
    what text NOT NULL
);

CREATE TRIGGER admin_change_is_append_only BEFORE UPDATE OR DELETE ON admin_change
    FOR EACH ROW EXECUTE FUNCTION refuse_any_change();

CREATE TABLE last_audit (
    only_one   boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    at         timestamptz NOT NULL,
    who        text NOT NULL,
    violations text NOT NULL -- as JSON
);
