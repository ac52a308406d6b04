-- Moves that no constraint on a single row can forbid: a ticket that comes back to life, a price
-- that changes under its owner, a ledger that is edited.

CREATE FUNCTION refuse_illegal_ticket_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.reservation_id, NEW.user_id, NEW.schedule_id, NEW.seat_number, NEW.price)
        IS DISTINCT FROM
       (OLD.id, OLD.reservation_id, OLD.user_id, OLD.schedule_id, OLD.seat_number, OLD.price)
       OR (OLD.status, NEW.status) NOT IN (
            ('RESERVED', 'PAID'), ('RESERVED', 'CANCELLED'), ('RESERVED', 'EXPIRED'),
            ('PAID', 'REFUNDED'))
    THEN
        RAISE EXCEPTION 'ticket % cannot go from % to %', OLD.id, OLD.status, NEW.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER ticket_moves BEFORE UPDATE ON ticket
    FOR EACH ROW EXECUTE FUNCTION refuse_illegal_ticket_move();

CREATE FUNCTION refuse_illegal_payment_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.reservation_id, NEW.user_id, NEW.amount)
        IS DISTINCT FROM (OLD.id, OLD.reservation_id, OLD.user_id, OLD.amount)
       OR (OLD.status, NEW.status) NOT IN (
            ('PENDING', 'COMPLETED'), ('PENDING', 'CANCELLED'), ('PENDING', 'EXPIRED'),
            ('COMPLETED', 'REFUNDED'))
    THEN
        RAISE EXCEPTION 'payment % cannot go from % to %', OLD.id, OLD.status, NEW.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER payment_moves BEFORE UPDATE ON payment
    FOR EACH ROW EXECUTE FUNCTION refuse_illegal_payment_move();

CREATE FUNCTION refuse_any_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER ledger_is_append_only BEFORE UPDATE OR DELETE ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION refuse_any_change();
CREATE TRIGGER refund_is_append_only BEFORE UPDATE OR DELETE ON refund
    FOR EACH ROW EXECUTE FUNCTION refuse_any_change();
