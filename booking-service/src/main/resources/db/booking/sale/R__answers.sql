-- Under a key, an act is done once: the key, what was done and the answer are committed together.

CREATE OR REPLACE FUNCTION refused(code text, detail json DEFAULT NULL) RETURNS answer
LANGUAGE sql IMMUTABLE AS $$
    SELECT ROW(code, detail::text, NULL, NULL, NULL, NULL, NULL, NULL)::answer
$$;

-- The answer that was given under the key before; or makes the key ours until the end of the
-- transaction. A twin that has it is not waited for. All null: there is nothing yet, go on.
CREATE OR REPLACE FUNCTION answered(buyer uuid, request_key text, request_print bytea) RETURNS answer
LANGUAGE plpgsql AS $$
DECLARE
    kept kept_answer;
BEGIN
    IF request_key IS NULL THEN
        RETURN NULL;
    END IF;
    IF NOT pg_try_advisory_xact_lock(hashtextextended(buyer || '/' || request_key, 0)) THEN
        RETURN refused('idempotency-in-progress');
    END IF;
    SELECT * INTO kept FROM kept_answer WHERE user_id = buyer AND key = request_key;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF kept.fingerprint <> request_print THEN
        RETURN refused('idempotency-key-reused');
    END IF;
    RETURN ROW('replayed', NULL, kept.status, kept.location,
               kept.completes_session AND has_nothing_to_pay(buyer),
               kept.keeps_session, NULL, convert_from(kept.body, 'UTF8'))::answer;
END $$;

-- Whether a visitor has what they came for; also when they hear of it again, having gone on meanwhile.
-- Live tickets have an index of their own; of all that somebody ever held there is no end.
CREATE OR REPLACE FUNCTION has_nothing_to_pay(buyer uuid) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN NOT EXISTS (SELECT FROM ticket WHERE user_id = buyer AND status = 'RESERVED'
                       AND (SELECT held_until > now() FROM seat WHERE seat.ticket_id = ticket.id));
END $$;

-- An act is done, and this is the answer to it.
CREATE OR REPLACE FUNCTION answering(
    buyer uuid, request_key text, request_print bytea, status int, location text,
    completes boolean, keeps timestamptz, changed_schedule bigint, document json) RETURNS answer
LANGUAGE plpgsql AS $$
DECLARE
    body CONSTANT text = coalesce(document::text, '');
BEGIN
    IF request_key IS NOT NULL THEN
        INSERT INTO kept_answer (user_id, key, fingerprint, status, location, completes_session,
                                 keeps_session, body)
        VALUES (buyer, request_key, request_print, status, location, completes, keeps,
                convert_to(body, 'UTF8'));
    END IF;
    RETURN ROW('done', NULL, status, location, completes, keeps, changed_schedule, body)::answer;
END $$;

-- It had been done already, without a key, and nobody does anything now.
CREATE OR REPLACE FUNCTION done_before(document json) RETURNS answer LANGUAGE sql IMMUTABLE AS $$
    SELECT ROW('replayed', NULL, 200, NULL, false, NULL, NULL, document::text)::answer
$$;
