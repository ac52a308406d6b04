-- Whether a ticket of a reservation has let somebody in.

CREATE OR REPLACE FUNCTION has_entered(reserved uuid) RETURNS boolean LANGUAGE sql VOLATILE AS $$
    SELECT EXISTS (SELECT FROM check_in JOIN ticket ON ticket.id = check_in.ticket_id
                   WHERE ticket.reservation_id = reserved)
$$;

-- Somebody shows a ticket at a door. It lets them in if it is paid and nobody has come in by it
-- before. The same scan at the same door is answered again; another one hears when and where the
-- first was.

CREATE OR REPLACE FUNCTION check_in(
    wanted uuid, show bigint, at_door text, by_whom text, by_scan text, scanned_at timestamptz)
RETURNS answer LANGUAGE plpgsql AS $$
DECLARE
    shown record;
    first check_in;
BEGIN
    -- A refund that is under way is waited for, and waits.
    SELECT ticket.id, ticket.status, ticket.schedule_id, ticket.seat_number, schedule.starts_at,
           concert.title INTO shown
    FROM ticket JOIN schedule ON schedule.id = ticket.schedule_id
    JOIN concert ON concert.id = schedule.concert_id
    WHERE ticket.id = wanted FOR NO KEY UPDATE OF ticket;
    IF NOT FOUND THEN
        RETURN refused('ticket-code-invalid');
    ELSIF shown.schedule_id <> show THEN
        RETURN refused('ticket-of-another-show', json_build_object(
            'scheduleId', shown.schedule_id, 'title', shown.title,
            'startsAt', moment(shown.starts_at)));
    END IF;

    SELECT * INTO first FROM check_in WHERE ticket_id = wanted;
    IF first.ticket_id IS NULL AND shown.status <> 'PAID' THEN
        RETURN refused('ticket-not-valid', json_build_object('ticketStatus', shown.status));
    ELSIF first.ticket_id IS NOT NULL AND (first.scan = by_scan AND first.door = at_door) IS NOT TRUE THEN
        RETURN refused('ticket-used', json_build_object('seatNumber', shown.seat_number,
            'place', place(shown.schedule_id, shown.seat_number), 'door', first.door,
            'enteredAt', moment(first.entered_at)));
    ELSIF first.ticket_id IS NULL THEN
        INSERT INTO check_in (ticket_id, door, operator, scan, entered_at)
        VALUES (wanted, at_door, by_whom, by_scan, least(scanned_at, now())) RETURNING * INTO first;
    END IF;
    RETURN answering(NULL, NULL, NULL, 200, NULL, false, NULL, NULL, json_build_object(
        'ticketId', shown.id, 'scheduleId', shown.schedule_id, 'title', shown.title,
        'startsAt', moment(shown.starts_at), 'seatNumber', shown.seat_number,
        'place', place(shown.schedule_id, shown.seat_number), 'door', first.door,
        'enteredAt', moment(first.entered_at)));
END $$;
