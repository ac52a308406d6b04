package dev.stagedoor.booking.admin;

import dev.stagedoor.booking.sale.ScheduleChange;
import dev.stagedoor.booking.web.Fields;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/** What an admin says of a schedule that is on already; what is left out stays. */
record ChangedSchedule(
        @Nullable Instant startsAt,
        @Nullable Instant salesOpenAt,
        @Nullable Instant salesCloseAt,
        @Nullable Integer seatsPerUser,
        @Nullable Boolean closed) {

    ScheduleChange checked() {
        boolean says =
                startsAt != null
                        || salesOpenAt != null
                        || salesCloseAt != null
                        || seatsPerUser != null
                        || closed != null;
        new Fields()
                .must(says, "startsAt", "be there, or another member")
                .must(NewSchedule.isTime(startsAt), "startsAt", NewSchedule.TIME)
                .must(NewSchedule.isTime(salesOpenAt), "salesOpenAt", NewSchedule.TIME)
                .must(NewSchedule.isTime(salesCloseAt), "salesCloseAt", NewSchedule.TIME)
                .must(
                        seatsPerUser == null || seatsPerUser >= 1 && seatsPerUser <= 1000,
                        "seatsPerUser",
                        "be 1 to 1000")
                .orRefuse();
        return new ScheduleChange(startsAt, salesOpenAt, salesCloseAt, seatsPerUser, closed);
    }
}
