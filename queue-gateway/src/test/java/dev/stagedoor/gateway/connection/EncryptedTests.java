package dev.stagedoor.gateway.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.gateway.Certificate;
import dev.stagedoor.gateway.Gateways;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.context.ConfigurableApplicationContext;

import java.nio.file.Path;
import java.util.Set;

/** A gateway that speaks TLS itself, and needs no Redis for what is asked of it here. */
class EncryptedTests {

    @TempDir private static Path folder;

    private static Certificate ours;
    private static ConfigurableApplicationContext gateway;

    @BeforeAll
    static void start() throws Exception {
        ours = new Certificate(folder);
        gateway =
                Gateways.startOn(
                        "redis://127.0.0.1:1",
                        "http://127.0.0.1:1",
                        "server.ssl.key-store=file:" + ours.file(),
                        "server.ssl.key-store-type=PKCS12",
                        "server.ssl.key-store-password=" + Certificate.PASSWORD,
                        Arrived.SETTING);
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    /** As a proxy does that hands on what its visitors send. */
    @ParameterizedTest
    @CsvSource({
        "414, uri-too-long, 20000",
        "431, head-too-large, 20000",
        "431, head-too-large, 700000"
    })
    void whoIsInTheMiddleOfAHeadBeyondMeasureIsToldSo(int status, String code, int length)
            throws Exception {
        String much = "a".repeat(length);
        String head =
                status == 414
                        ? "GET /" + much + " HTTP/1.1\r\nHost: x\r\n\r\n"
                        : "GET / HTTP/1.1\r\nHost: x\r\nX-Much: " + much + "\r\n\r\n";

        try (Connection connection = new Connection(gateway, ours)) {
            connection.send(head);

            assertThat(connection.readToTheEnd())
                    .startsWith("HTTP/1.1 " + status)
                    .contains("application/problem+json", "\"" + code + "\"")
                    .endsWith("}");
            await().until(() -> Arrived.knowsToBeGone(Set.of(connection.address()), gateway));
        }
    }
}
