-- The truth of a sale. Whatever the program, its locks or Redis do: the constraints below make a
-- seat sold twice, a balance below zero, or a rewritten ledger impossible.
--
-- Money is bigint in the smallest unit. Time is the database's clock, nobody else's.
-- Rows are locked in one order everywhere:
-- idempotency key, user, seats (by schedule and number), reservation, tickets, payment, account.

CREATE TABLE users (
    id         uuid PRIMARY KEY,
    name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE concert (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    title      text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    artist     text NOT NULL CHECK (length(artist) BETWEEN 1 AND 200),
    venue      text NOT NULL CHECK (length(venue) BETWEEN 1 AND 200),
    time_zone  text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- One evening of a concert. The date is that of the venue; a concert is played once a day.
CREATE TABLE schedule (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    concert_id      bigint NOT NULL REFERENCES concert,
    starts_at       timestamptz NOT NULL,
    concert_date    date NOT NULL,
    sales_open_at   timestamptz NOT NULL,
    sales_close_at  timestamptz NOT NULL,
    seat_count      int NOT NULL DEFAULT 50 CHECK (seat_count BETWEEN 1 AND 100000),
    seats_per_user  int NOT NULL DEFAULT 4 CHECK (seats_per_user BETWEEN 1 AND 1000),
    created_at      timestamptz NOT NULL DEFAULT now(),
    UNIQUE (concert_id, starts_at),
    UNIQUE (concert_id, concert_date),
    CHECK (sales_open_at < sales_close_at)
);

-- AVAILABLE -> HELD -> SOLD -> AVAILABLE, HELD -> AVAILABLE, AVAILABLE <-> BLOCKED.
-- A hold past held_until is free for whoever comes first, whether it was tidied up or not.
CREATE TABLE seat (
    schedule_id bigint NOT NULL REFERENCES schedule,
    seat_number int NOT NULL CHECK (seat_number >= 1),
    price       bigint NOT NULL CHECK (price > 0),
    status      text NOT NULL DEFAULT 'AVAILABLE'
                CHECK (status IN ('AVAILABLE', 'HELD', 'SOLD', 'BLOCKED')),
    ticket_id   uuid,
    held_until  timestamptz,
    version     bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (schedule_id, seat_number),
    CONSTRAINT seat_taken_by_a_ticket
        CHECK ((status IN ('HELD', 'SOLD')) = (ticket_id IS NOT NULL)),
    CONSTRAINT seat_held_until_a_deadline
        CHECK ((status = 'HELD') = (held_until IS NOT NULL))
) WITH (fillfactor = 70);

-- Partial, so that PostgreSQL does not take ticket_id for a key and lock out foreign-key checks.
CREATE UNIQUE INDEX one_seat_per_ticket ON seat (ticket_id) WHERE ticket_id IS NOT NULL;
CREATE INDEX seat_deadlines ON seat (held_until) WHERE status = 'HELD';

-- HELD -> PAID -> REFUNDED, HELD -> CANCELLED | EXPIRED.
CREATE TABLE reservation (
    id          uuid PRIMARY KEY,
    user_id     uuid NOT NULL REFERENCES users,
    schedule_id bigint NOT NULL REFERENCES schedule,
    seat_count  int NOT NULL CHECK (seat_count >= 1),
    status      text NOT NULL DEFAULT 'HELD'
                CHECK (status IN ('HELD', 'PAID', 'REFUNDED', 'CANCELLED', 'EXPIRED')),
    held_until  timestamptz NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    ended_at    timestamptz,
    UNIQUE (id, user_id, schedule_id),
    UNIQUE (id, user_id),
    CHECK ((status IN ('REFUNDED', 'CANCELLED', 'EXPIRED')) = (ended_at IS NOT NULL))
) WITH (fillfactor = 80);

CREATE INDEX reservation_history ON reservation (user_id, created_at DESC, id);

-- RESERVED -> PAID -> REFUNDED, RESERVED -> CANCELLED | EXPIRED. A new hold is always a new row.
CREATE TABLE ticket (
    id             uuid PRIMARY KEY,
    reservation_id uuid NOT NULL,
    user_id        uuid NOT NULL,
    schedule_id    bigint NOT NULL,
    seat_number    int NOT NULL,
    price          bigint NOT NULL CHECK (price > 0),
    status         text NOT NULL DEFAULT 'RESERVED'
                   CHECK (status IN ('RESERVED', 'PAID', 'REFUNDED', 'CANCELLED', 'EXPIRED')),
    created_at     timestamptz NOT NULL DEFAULT now(),
    UNIQUE (id, schedule_id, seat_number),
    FOREIGN KEY (reservation_id, user_id, schedule_id)
        REFERENCES reservation (id, user_id, schedule_id),
    FOREIGN KEY (schedule_id, seat_number) REFERENCES seat
) WITH (fillfactor = 80);

-- The last word on double booking.
CREATE UNIQUE INDEX one_live_ticket_per_seat ON ticket (schedule_id, seat_number)
    WHERE status IN ('RESERVED', 'PAID');
CREATE INDEX ticket_of_reservation ON ticket (reservation_id);
CREATE INDEX ticket_history ON ticket (user_id, created_at DESC, id);
-- Serves the count of what one person has of one date.
CREATE INDEX ticket_live_of_user ON ticket (user_id, schedule_id)
    WHERE status IN ('RESERVED', 'PAID');

-- The seat is claimed before its ticket is written: checked when the transaction ends.
ALTER TABLE seat ADD CONSTRAINT seat_has_that_very_ticket
    FOREIGN KEY (ticket_id, schedule_id, seat_number)
    REFERENCES ticket (id, schedule_id, seat_number) DEFERRABLE INITIALLY DEFERRED;

-- PENDING -> COMPLETED -> REFUNDED, PENDING -> CANCELLED | EXPIRED. One per reservation, for ever.
CREATE TABLE payment (
    id             uuid PRIMARY KEY,
    reservation_id uuid NOT NULL UNIQUE,
    user_id        uuid NOT NULL,
    amount         bigint NOT NULL CHECK (amount > 0),
    status         text NOT NULL DEFAULT 'PENDING'
                   CHECK (status IN ('PENDING', 'COMPLETED', 'REFUNDED', 'CANCELLED', 'EXPIRED')),
    created_at     timestamptz NOT NULL DEFAULT now(),
    paid_at        timestamptz,
    UNIQUE (id, user_id, amount),
    FOREIGN KEY (reservation_id, user_id) REFERENCES reservation (id, user_id),
    CHECK ((status IN ('COMPLETED', 'REFUNDED')) = (paid_at IS NOT NULL))
) WITH (fillfactor = 80);

CREATE INDEX payment_history ON payment (user_id, created_at DESC, id);

-- Always of the whole payment, and once.
CREATE TABLE refund (
    id          uuid PRIMARY KEY,
    payment_id  uuid NOT NULL UNIQUE,
    user_id     uuid NOT NULL,
    amount      bigint NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (payment_id, user_id, amount) REFERENCES payment (id, user_id, amount)
);

CREATE TABLE account (
    user_id uuid PRIMARY KEY REFERENCES users,
    balance bigint NOT NULL DEFAULT 0 CONSTRAINT balance_never_negative CHECK (balance >= 0),
    entries bigint NOT NULL DEFAULT 0 CHECK (entries >= 0)
) WITH (fillfactor = 70);

-- Append-only: entry n of a user follows entry n - 1, and says what the balance was after it.
CREATE TABLE ledger_entry (
    user_id       uuid NOT NULL REFERENCES account,
    entry         bigint NOT NULL CHECK (entry >= 1),
    kind          text NOT NULL CHECK (kind IN ('CHARGE', 'PAYMENT', 'REFUND')),
    amount        bigint NOT NULL,
    balance_after bigint NOT NULL CHECK (balance_after >= 0),
    payment_id    uuid REFERENCES payment,
    created_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, entry),
    UNIQUE (payment_id, kind),
    CHECK ((kind = 'PAYMENT') = (amount < 0)),
    CHECK (amount <> 0),
    CHECK ((kind = 'CHARGE') = (payment_id IS NULL))
);

-- What was answered to a request with an Idempotency-Key; written with its effect or not at all.
CREATE TABLE kept_answer (
    user_id           uuid NOT NULL,
    key               text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    fingerprint       bytea NOT NULL,
    status            int NOT NULL,
    location          text,
    completes_session boolean NOT NULL,
    body              bytea NOT NULL,
    created_at        timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, key)
);

CREATE INDEX kept_answer_age ON kept_answer (created_at);
