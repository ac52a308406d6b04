package dev.stagedoor.booking.catalogue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.booking.stage.Admin;
import dev.stagedoor.booking.stage.Answered;
import dev.stagedoor.booking.stage.Booking;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ThreadLocalRandom;

/** Puts houses on. */
abstract class OneHouse {

    /** Six to the left of an aisle, four to the right; a gallery with letters; a place to stand. */
    static final String SMALL =
            """
            {"name":"%s","sections":[
              {"name":"Stalls","category":"A","y":2,"rows":[
                {"name":"1","seats":6,"x":-8},{"name":"1","labels":["7","8","9","10"],"x":2,"accessible":["9"]},
                {"name":"2","seats":8,"category":"B"}]},
              {"name":"Floor","category":"F","y":1,"places":5}]}
            """;

    final Booking booking = Booking.shared();

    ScheduleId show(Answered plan, String prices) {
        Answered staged = staging(plan.text("planId"), prices).is(201);
        Answered dates =
                booking.visitor()
                        .get("/api/v1/concerts/" + staged.number("concertId") + "/schedules");
        assertThat(dates.text("schedules/0/planId")).isEqualTo(plan.text("planId"));
        assertThat(dates.at("schedules/0/prices")).isNotEmpty();
        return new ScheduleId(staged.number("scheduleId"));
    }

    Answered staging(String plan, String prices) {
        Instant starts = Instant.now().plus(Duration.ofDays(7));
        return admin(
                "POST",
                "/admin/concerts/" + booking.concert().concertId() + "/schedules",
                "{\"startsAt\":\"%s\",\"planId\":%s,\"prices\":%s}"
                        .formatted(starts, plan, prices));
    }

    Answered plan(String document) {
        return admin("POST", "/admin/plans", document.formatted(name()));
    }

    static String name() {
        return "Hall " + ThreadLocalRandom.current().nextLong();
    }

    Answered admin(String method, String path, String body) {
        return new Admin(booking).sending(method, path, body).block();
    }
}
