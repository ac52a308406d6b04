package dev.stagedoor.booking.sale;

/** The right to one seat of one evening, once it is paid. */
public record Ticket(TicketId ticketId, int seatNumber, long price, Status status) {

    /** The life of a ticket; the last three end it. */
    public enum Status {
        RESERVED,
        PAID,
        REFUNDED,
        CANCELLED,
        EXPIRED
    }
}
