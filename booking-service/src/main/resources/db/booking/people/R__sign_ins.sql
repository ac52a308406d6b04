-- Who has signed in where. Whoever changes somebody's sign-ins together with the password locks the
-- user's row first.

-- A new one; each takes two with it that are over, so that the table is as long as it has to be.
CREATE OR REPLACE FUNCTION open_sign_in(who uuid, opened uuid, seconds bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM sign_in WHERE id IN (
        SELECT id FROM sign_in WHERE ends_at <= now() ORDER BY ends_at LIMIT 2
        FOR UPDATE SKIP LOCKED);
    INSERT INTO sign_in (id, user_id, ends_at)
    VALUES (opened, who, now() + make_interval(secs => seconds));
END $$;

-- Somebody gives a name; who is new here gets an account and a sign-in. Whether they are.
CREATE OR REPLACE FUNCTION introduce(who uuid, called text, opened uuid, seconds bigint)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO users (id, name) VALUES (who, called)
    ON CONFLICT (id) DO UPDATE SET name = excluded.name;
    INSERT INTO account (user_id) VALUES (who) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM open_sign_in(who, opened, seconds);
    RETURN true;
END $$;

-- Somebody has shown the right password. Null if it is another one by now. Of one user the last
-- twenty stand.
CREATE OR REPLACE FUNCTION sign_in(
    who uuid, known_password text, opened uuid, seconds bigint) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    called text;
BEGIN
    SELECT name INTO called FROM users WHERE id = who AND password = known_password
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    DELETE FROM sign_in WHERE id IN (
        SELECT id FROM sign_in WHERE user_id = who ORDER BY created_at DESC OFFSET 19);
    PERFORM open_sign_in(who, opened, seconds);
    RETURN called;
END $$;

-- Puts an e-mail address and a password to an account, or others in their place, and ends all
-- sign-ins but one. Whether the password is still the one that is known.
CREATE OR REPLACE FUNCTION set_password(
    who uuid, known_password text, new_email text, new_password text, kept uuid) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE users SET email = coalesce(new_email, email), password = new_password
    WHERE id = who AND password IS NOT DISTINCT FROM known_password;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    DELETE FROM sign_in WHERE user_id = who AND id IS DISTINCT FROM kept;
    RETURN true;
END $$;

-- Whether somebody may act: by a sign-in that stands; or without one, as long as there is no password
-- that would say who they are. Whoever has no row, as after a restore from a copy of before, may get one.
CREATE OR REPLACE FUNCTION is_known(who uuid, shown uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN shown IS NULL
        THEN NOT EXISTS (SELECT FROM users WHERE id = who AND password IS NOT NULL)
        ELSE EXISTS (SELECT FROM sign_in WHERE id = shown AND user_id = who AND ends_at > now())
            OR NOT EXISTS (SELECT FROM users WHERE id = who)
    END
$$;
