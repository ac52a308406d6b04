package dev.stagedoor.booking.stage;

import reactor.core.publisher.Mono;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** The operator {@code admin}, at the management port. */
public final class Admin {

    private final Visitor management;

    public Admin(Booking booking) {
        this.management = booking.atManagement();
    }

    public Mono<Answered> sending(String method, String path, String body) {
        return management.send(method, path, body, "Authorization", basic(Booking.ADMIN_PASSWORD));
    }

    public Answered get(String path) {
        return sending("GET", path, "").block();
    }

    public Answered post(String path, String body) {
        return sending("POST", path, body).block();
    }

    public Answered patch(String path, String body) {
        return sending("PATCH", path, body).block();
    }

    public static String basic(String password) {
        return basic("admin", password);
    }

    public static String basic(String name, String password) {
        return "Basic "
                + Base64.getEncoder()
                        .encodeToString((name + ":" + password).getBytes(StandardCharsets.UTF_8));
    }
}
