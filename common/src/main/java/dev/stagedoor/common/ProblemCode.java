package dev.stagedoor.common;

import java.util.Locale;

/**
 * Everything that either service refuses or fails with: the stable {@code code} of a problem and
 * its HTTP status. The words for it, in every language, stand in {@code problems*.properties}.
 */
public enum ProblemCode {
    // the request itself
    VALIDATION_FAILED(400),
    NOT_FOUND(404),
    METHOD_NOT_ALLOWED(405),
    NOT_ACCEPTABLE(406),
    REQUEST_TIMEOUT(408),
    BODY_TOO_LARGE(413),
    URI_TOO_LONG(414),
    UNSUPPORTED_MEDIA_TYPE(415),
    MISDIRECTED_REQUEST(421),
    HEAD_TOO_LARGE(431),
    INTERNAL_ERROR(500),

    // the line
    ACCESS_TOKEN_INVALID(401),
    IDENTITY_UNAVAILABLE(503),
    QUEUE_TOKEN_MISSING(401),
    QUEUE_TOKEN_INVALID(401),
    QUEUE_TOKEN_EXPIRED(410),
    QUEUE_TOKEN_COMPLETED(410),
    QUEUE_TOKEN_LEFT(410),
    GUESTS_NOT_ALLOWED(401),
    BANNED(403),
    ROOM_NOT_FOUND(404),
    QUEUE_WAITING(429),
    TOO_MANY_REQUESTS(429),
    TOO_MANY_PLACES(429),
    QUEUE_FULL(503),
    QUEUE_CLOSED(503),
    QUEUE_UNAVAILABLE(503),
    GATEWAY_BUSY(503),

    // behind the gateway
    UPSTREAM_UNREACHABLE(502),
    UPSTREAM_BUSY(503),
    UPSTREAM_TIMEOUT(504),
    REDIRECT_LOOP(508),
    UPSTREAM_LOOP(508),

    // who asks
    PASS_REQUIRED(401),
    PASS_INVALID(401),
    ADMIN_REQUIRED(401),
    SIGN_IN_REQUIRED(401),
    SIGN_IN_REFUSED(401),
    EMAIL_TAKEN(409),

    // operators
    OPS_REQUIRED(401),
    OPERATOR_REQUIRED(403),
    FOREIGN_ORIGIN(403),
    TICKET_NOT_FOUND(404),
    ROOM_EXISTS(409),

    // the sale
    USER_NOT_FOUND(404),
    CONCERT_NOT_FOUND(404),
    SCHEDULE_NOT_FOUND(404),
    PLAN_NOT_FOUND(404),
    CATEGORY_NOT_FOUND(404),
    NO_AVAILABLE_DATES(404),
    NO_AVAILABLE_SEATS(404),
    SEAT_NOT_FOUND(404),
    RESERVATION_NOT_FOUND(404),
    PAYMENT_NOT_FOUND(404),
    SCHEDULE_EXISTS(409),
    SEAT_TAKEN(409),
    SEAT_CONTENDED(409),
    SEATS_NOT_TOGETHER(409),
    NOT_ENOUGH_SEATS(409),
    SALES_NOT_OPEN(409),
    SALES_CLOSED(409),
    SCHEDULE_CANCELLED(409),
    DATE_AMBIGUOUS(409),
    SEAT_LIMIT_REACHED(409),
    RESERVATION_ALREADY_PAID(409),
    PAYMENT_NOT_REFUNDABLE(409),
    TICKET_NOT_VALID(409),
    TICKET_OF_ANOTHER_SHOW(409),
    TICKET_USED(409),
    TICKET_CODE_INVALID(422),
    HOLD_EXPIRED(410),
    INSUFFICIENT_BALANCE(422),
    INVALID_AMOUNT(422),
    IDEMPOTENCY_KEY_REUSED(422),
    IDEMPOTENCY_IN_PROGRESS(409),
    ONE_AT_A_TIME(409),
    BOOKING_BUSY(503),
    BOOKING_UNAVAILABLE(503),
    OUTCOME_UNKNOWN(503);

    private final int status;
    private final String code;

    ProblemCode(int status) {
        this.status = status;
        this.code = name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The one that clients see so. */
    public static ProblemCode of(String code) {
        return valueOf(code.toUpperCase(Locale.ROOT).replace('-', '_'));
    }

    /** What a framework means that refuses, or fails, with no more than a status. */
    public static ProblemCode ofStatus(int status) {
        return switch (status) {
            case 404 -> NOT_FOUND;
            case 405 -> METHOD_NOT_ALLOWED;
            case 406 -> NOT_ACCEPTABLE;
            case 413 -> BODY_TOO_LARGE;
            case 415 -> UNSUPPORTED_MEDIA_TYPE;
            default -> status >= 400 && status < 500 ? VALIDATION_FAILED : INTERNAL_ERROR;
        };
    }

    public int status() {
        return status;
    }

    /** As clients see it: {@code queue-waiting}. */
    public String code() {
        return code;
    }
}
