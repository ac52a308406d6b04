package dev.stagedoor.booking;

import reactor.core.publisher.Mono;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** The operator {@code admin}, at the management port. */
final class Admin {

    private static final String SHOWN =
            "Basic "
                    + Base64.getEncoder()
                            .encodeToString(
                                    ("admin:" + Booking.ADMIN_PASSWORD)
                                            .getBytes(StandardCharsets.UTF_8));

    private final Visitor management;

    Admin(Booking booking) {
        this.management = booking.atManagement();
    }

    Mono<Answered> sending(String method, String path, String body) {
        return management.send(method, path, body, "Authorization", SHOWN);
    }

    Answered get(String path) {
        return sending("GET", path, "").block();
    }

    Answered post(String path, String body) {
        return sending("POST", path, body).block();
    }

    Answered patch(String path, String body) {
        return sending("PATCH", path, body).block();
    }
}
