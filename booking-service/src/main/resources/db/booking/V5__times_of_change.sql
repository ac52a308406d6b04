-- When a row was last changed, for whoever looks into the tables; and what nobody reads goes.

ALTER TABLE seat DROP COLUMN version;

CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at = now();
    RETURN NEW;
END $$;

ALTER TABLE users ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE concert ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE schedule ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE seat ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE reservation ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE ticket ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE payment ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE account ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();

-- After the triggers of the legal moves, which come first by name.
CREATE TRIGGER time_of_change BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION note_change();
CREATE TRIGGER time_of_change BEFORE UPDATE ON concert FOR EACH ROW EXECUTE FUNCTION note_change();
CREATE TRIGGER time_of_change BEFORE UPDATE ON schedule FOR EACH ROW EXECUTE FUNCTION note_change();
CREATE TRIGGER time_of_change BEFORE UPDATE ON seat FOR EACH ROW EXECUTE FUNCTION note_change();
CREATE TRIGGER time_of_change BEFORE UPDATE ON reservation FOR EACH ROW EXECUTE FUNCTION note_change();
CREATE TRIGGER time_of_change BEFORE UPDATE ON ticket FOR EACH ROW EXECUTE FUNCTION note_change();
CREATE TRIGGER time_of_change BEFORE UPDATE ON payment FOR EACH ROW EXECUTE FUNCTION note_change();
CREATE TRIGGER time_of_change BEFORE UPDATE ON account FOR EACH ROW EXECUTE FUNCTION note_change();
