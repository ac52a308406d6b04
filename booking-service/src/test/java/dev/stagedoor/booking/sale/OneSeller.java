package dev.stagedoor.booking.sale;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.stage.Admin;
import dev.stagedoor.booking.stage.Booking;
import dev.stagedoor.booking.stage.Visitor;

import reactor.core.publisher.Mono;

/** A seller, and buyers who have a million. */
abstract class OneSeller {

    final Booking booking = Booking.shared();
    final Admin admin = new Admin(booking);

    Visitor buyer() {
        return buyer(booking);
    }

    static Visitor buyer(Booking booking) {
        Visitor visitor = booking.visitor();
        visitor.charge(1_000_000).is(201);
        return visitor;
    }

    static String held(Visitor visitor, ScheduleId schedule, int... seats) {
        return visitor.reserve(schedule, seats).is(201).text("reservationId");
    }

    /** What the record says of it, line by line. */
    String changes(String like) {
        return booking.text(
                "SELECT string_agg(what, chr(10) ORDER BY id) FROM admin_change WHERE what LIKE ?",
                like);
    }

    long paidOf(ScheduleId schedule) {
        return booking.number(
                "SELECT count(*) FROM ticket WHERE schedule_id = ? AND status = 'PAID'",
                schedule.value());
    }

    Sweeping sweeping() {
        return booking.bean(Sweeping.class);
    }

    Mono<Long> settled() {
        return sweeping().settle();
    }

    void settle() {
        settled().block();
    }
}
