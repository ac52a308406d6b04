package dev.stagedoor.gateway.connection;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.SocketException;

/**
 * A field may go on in the next line, if that begins with a blank. The decoder copies all that it
 * has of it with each: of a head of 48 KB that is a hundred megabytes, before anybody is counted.
 */
class FoldedFieldsTests {

    private static final String HEAD = "GET /open HTTP/1.1\r\nHost: x\r\nX-Long: a\r\n";
    private static final String ON = " \r\n";
    private static final int TOO_OFTEN = 1_000;

    private static Attacked gateway;

    @BeforeAll
    static void start() {
        gateway = new Attacked();
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    @Test
    void aFieldThatGoesOnForHundredsOfLinesIsTooLarge() throws Exception {
        assertTooLarge(HEAD + ON.repeat(TOO_OFTEN) + "\r\n");
        assertTooLarge(HEAD + "\tb\r\n".repeat(TOO_OFTEN) + "\r\n");
    }

    @Test
    void itIsTooLargeInHoweverSmallPiecesItComes() throws Exception {
        try (Connection connection = gateway.connect()) {
            connection.send(HEAD);
            drips(connection);

            assertThat(connection.readUntilItCloses()).startsWith("HTTP/1.1 431 ");
        }
    }

    private static void drips(Connection connection) throws IOException {
        try {
            for (int line = 0; line < TOO_OFTEN; line++) {
                connection.send(ON);
            }
            connection.send("\r\n");
        } catch (SocketException _) {
            // it has been closed already
        }
    }

    @Test
    void itIsTooLargeBehindABody() throws Exception {
        for (String length : new String[] {"Content-Length: 5", "Transfer-Encoding: chunked"}) {
            String body = length.startsWith("C") ? "\n\n\n \n" : "5\r\n\n\n\n \n\r\n0\r\n\r\n";

            assertThat(
                            gateway.lastAnswerTo(
                                    "GET /open HTTP/1.1\r\nHost: x\r\n"
                                            + length
                                            + "\r\n\r\n"
                                            + body
                                            + HEAD
                                            + ON.repeat(TOO_OFTEN)
                                            + "\r\n"))
                    .startsWith("HTTP/1.1 200 ")
                    .contains("HTTP/1.1 431 ");
        }
    }

    @Test
    void aFieldMayGoOnForAFewLines() throws Exception {
        assertThat(
                        gateway.assertForwardedOnce(HEAD + " b\r\n\tc\r\n".repeat(20) + "\r\n", "")
                                .values("X-Long"))
                .containsExactly("a" + " b c".repeat(20));
    }

    @Test
    void linesOfABodyMayBeginWithBlanks() throws Exception {
        String body = "{\n" + "  \"a\": [\n   1],\n".repeat(20_000) + "}";

        gateway.assertForwardedOnce(
                "GET /open HTTP/1.1\r\nHost: x\r\nContent-Length: "
                        + body.length()
                        + "\r\n\r\n"
                        + body,
                body);
    }

    @Test
    void trailersMayGoOnForAFewLinesAndNotForHundreds() throws Exception {
        String body =
                "GET /open HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + "2\r\n{}\r\n0\r\nX-Long: a\r\n";

        gateway.assertForwardedOnce(body + ON.repeat(20) + "\r\n", "{}");
        assertThat(gateway.lastAnswerTo(body + ON.repeat(TOO_OFTEN) + "\r\n"))
                .doesNotStartWith("HTTP/1.1 200 ");
    }

    private static void assertTooLarge(String bytes) throws IOException {
        assertThat(gateway.lastAnswerTo(bytes)).startsWith("HTTP/1.1 431 ");
        gateway.assertThatTheNextRequestIsItself();
    }
}
