package dev.stagedoor.booking.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.booking.stage.Answered;
import dev.stagedoor.booking.stage.Booking;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** No request says where it comes from, also on platforms where the framework would let it. */
@Timeout(60)
class PeerTests {

    private static Booking onKubernetes;

    @BeforeAll
    static void start() {
        onKubernetes = Booking.another(Booking.MANAGED, "--spring.main.cloud-platform=kubernetes");
    }

    @AfterAll
    static void stop() {
        onKubernetes.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "X-Forwarded-For   | 10.9.9.9",
                "X-Forwarded-For   | foo",
                "X-Forwarded-Port  | x",
                "X-Forwarded-Host  | evil.example:x",
                "Forwarded         | for=_hidden;host=evil.example",
                "X-Original-URL    | /admin"
            })
    void nobodyIsBelieved(String header, String value) {
        onKubernetes.stranger().get("/api/v1/concerts", header, value).is(200);

        Answered links = onKubernetes.atManagement().get("/actuator", header, value).is(200);

        assertThat(links.text("_links/self/href"))
                .isEqualTo("http://127.0.0.1:" + onKubernetes.managementPort() + "/actuator");
    }
}
