-- Pays in. The last entry of the ledger is the balance: both change in one statement. As it is kept for
-- ever, nobody pays in who has 500 entries of the last hour: the entry of that number before is looked at.

CREATE OR REPLACE FUNCTION charge(
    buyer uuid, request_key text, request_print bytea, pay_in bigint) RETURNS answer
LANGUAGE plpgsql AS $$
DECLARE
    done answer;
    charged record;
    before bigint;
BEGIN
    done = answered(buyer, request_key, request_print);
    IF done.outcome IS NOT NULL THEN
        RETURN done;
    END IF;

    SELECT entries INTO before FROM account WHERE user_id = buyer FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN refused('user-not-found');
    ELSIF EXISTS (SELECT FROM ledger_entry WHERE user_id = buyer AND entry = before - 499
                  AND created_at > now() - interval '1 hour') THEN
        RETURN refused('too-many-requests');
    END IF;

    WITH moved AS (
        UPDATE account SET balance = balance + pay_in, entries = entries + 1
        WHERE user_id = buyer RETURNING user_id, entries, balance
    )
    INSERT INTO ledger_entry (user_id, entry, kind, amount, balance_after)
    SELECT user_id, entries, 'CHARGE', pay_in, balance FROM moved
    RETURNING entry, amount, balance_after AS balance INTO charged;
    RETURN answering(buyer, request_key, request_print, 201, NULL, false, NULL, NULL,
                     row_to_json(charged));
END $$;
