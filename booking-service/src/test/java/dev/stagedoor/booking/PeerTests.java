package dev.stagedoor.booking;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** No request says where it comes from, also on platforms where the framework would let it. */
@Timeout(60)
class PeerTests {

    private static final Booking ON_KUBERNETES =
            Booking.another("--spring.main.cloud-platform=kubernetes");

    @AfterAll
    static void stop() {
        ON_KUBERNETES.close();
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
        ON_KUBERNETES.stranger().get("/api/v1/concerts", header, value).is(200);

        Answered links = ON_KUBERNETES.atManagement().get("/actuator", header, value).is(200);

        assertThat(links.text("_links/self/href"))
                .isEqualTo("http://127.0.0.1:" + ON_KUBERNETES.managementPort() + "/actuator");
    }
}
