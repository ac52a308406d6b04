-- Who comes back is known by an e-mail address and a password, if they have given them; a browser by
-- the sign-in that its access token names. That it has ended, it is not there any more.

ALTER TABLE users
    ADD COLUMN email text CHECK (length(email) BETWEEN 3 AND 254),
    ADD COLUMN password text,
    ADD CONSTRAINT email_with_password CHECK ((email IS NULL) = (password IS NULL)),
    ADD CONSTRAINT email_is_of_one_user UNIQUE (email);

CREATE TABLE sign_in (
    id         uuid PRIMARY KEY,
    user_id    uuid NOT NULL REFERENCES users,
    created_at timestamptz NOT NULL DEFAULT now(),
    ends_at    timestamptz NOT NULL
);

CREATE INDEX sign_in_of_user ON sign_in (user_id, created_at);
CREATE INDEX sign_in_end ON sign_in (ends_at);
