-- Pays in. The last entry of the ledger is the balance: both change in one statement.

CREATE OR REPLACE FUNCTION charge(
    buyer uuid, request_key text, request_print bytea, pay_in bigint) RETURNS answer
LANGUAGE plpgsql AS $$
DECLARE
    done answer;
    charged record;
BEGIN
    done = answered(buyer, request_key, request_print);
    IF done.outcome IS NOT NULL THEN
        RETURN done;
    END IF;

    WITH moved AS (
        UPDATE account SET balance = balance + pay_in, entries = entries + 1
        WHERE user_id = buyer RETURNING user_id, entries, balance
    )
    INSERT INTO ledger_entry (user_id, entry, kind, amount, balance_after)
    SELECT user_id, entries, 'CHARGE', pay_in, balance FROM moved
    RETURNING entry, amount, balance_after AS balance INTO charged;
    IF NOT FOUND THEN
        RETURN refused('user-not-found');
    END IF;
    RETURN answering(buyer, request_key, request_print, 201, NULL, false, NULL, NULL,
                     row_to_json(charged));
END $$;
