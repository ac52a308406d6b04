package dev.stagedoor.quickstart.deployed;

import dev.stagedoor.booking.BookingApplication;
import dev.stagedoor.common.SigningKey;
import dev.stagedoor.devservices.DevServices;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.GatewayApplication;
import dev.stagedoor.quickstart.stage.Browser;
import dev.stagedoor.quickstart.stage.Stage;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Standard output is a pipe, and whoever is to read it stands still: a driver of a container's log,
 * or {@code | less}. What a program says of its start, if it is asked to ({@code --debug}), is more
 * than a pipe holds.
 */
@Timeout(300)
class UnreadOutputTests {

    private static final String QUEUE = SigningKey.random("queue").encoded();
    private static final String PASS = SigningKey.random("pass").encoded();
    private static final String ACCESS = SigningKey.random("access").encoded();

    @TempDir Path directory;

    @Test
    void aSaleWhoseLogNobodyReadsGoesOn() throws Exception {
        try (EmbeddedRedis redis = EmbeddedRedis.start();
                Instance sale =
                        new Instance(
                                BookingApplication.class, "booking", settings(redis), directory);
                Instance gateway =
                        new Instance(
                                GatewayApplication.class, "gateway", settings(redis), directory)) {
            sale.beginUnread("--debug").isReady();
            gateway.beginUnread(
                            "--debug", "--stagedoor.upstream.url=http://127.0.0.1:" + sale.port())
                    .isReady();
            Browser visitor = new Browser(gateway.port());

            visitor.register("Nobody");
            visitor.join();
            visitor.get("/api/v1/users/me", 200);

            gateway.goes();
            sale.goes();
        }
    }

    private static List<String> settings(EmbeddedRedis redis) {
        return Stream.concat(
                        Stage.on(DevServices.database()).stream(),
                        Stream.of(
                                "--spring.data.redis.url=" + redis.url(),
                                "--stagedoor.keys.queue=" + QUEUE,
                                "--stagedoor.keys.pass=" + PASS,
                                "--stagedoor.keys.access=" + ACCESS,
                                "--stagedoor.admin.password=" + Stage.ADMIN_PASSWORD))
                .toList();
    }
}
