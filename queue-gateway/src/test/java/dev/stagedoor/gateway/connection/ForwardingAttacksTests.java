package dev.stagedoor.gateway.connection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.gateway.ByteUpstream;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

/**
 * Requests that would have the upstream read more than one, or another one, than was let through.
 */
class ForwardingAttacksTests {

    private static Attacked attacked;

    @BeforeAll
    static void start() {
        attacked = new Attacked();
    }

    @AfterAll
    static void stop() {
        attacked.close();
    }

    static List<String> credentials() {
        return attacked.credentials();
    }

    // ── where a request ends ────────────────────────────────────────────────────────────────────

    @ParameterizedTest
    @MethodSource("credentials")
    void refusesALengthBesideChunks(String token) throws Exception {
        String smuggled = "GET /smuggled HTTP/1.1\r\nHost: x\r\n" + token + "\r\n";

        attacked.assertRefused(
                "POST /a HTTP/1.1\r\nHost: x\r\n"
                        + token
                        + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + Integer.toHexString(smuggled.length())
                        + "\r\n"
                        + smuggled
                        + "\r\n0\r\n\r\n");
        attacked.assertRefused(
                "POST /a HTTP/1.1\r\nHost: x\r\n"
                        + token
                        + "Content-Length: "
                        + (5 + smuggled.length())
                        + "\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                        + smuggled);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Transfer-Encoding: gzip, chunked",
                "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
                "Transfer-Encoding: chunked, chunked",
                "Transfer-Encoding: chunked, identity",
                "Transfer-Encoding: xchunked",
                "Transfer-Encoding: identity",
                "Transfer-Encoding: \"chunked\"",
                "Transfer-Encoding: chunked;q=1",
                "Transfer-Encoding:",
                "Transfer-Encoding : chunked",
                "Transfer-Encoding: \u000bchunked",
                "Content-Length: 5\r\nContent-Length: 6",
                "Content-Length: 5\r\nContent-Length: 5",
                "Content-Length: 5, 5",
                "Content-Length: +5",
                "Content-Length: -5",
                "Content-Length: 0x5",
                "Content-Length: 5 5",
                "Content-Length:"
            })
    void refusesALengthThatCanBeReadInTwoWays(String framing) throws Exception {
        for (String token : credentials()) {
            attacked.assertRefused(
                    "POST /a HTTP/1.1\r\nHost: x\r\n"
                            + token
                            + framing
                            + "\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n"
                            + token
                            + "\r\n");
        }
    }

    @Test
    void refusesChunksInAVersionThatKnowsNone() throws Exception {
        attacked.assertRefused(
                "POST /a HTTP/1.0\r\nHost: x\r\n"
                        + attacked.header()
                        + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ZZ", "-1", "", "5\n", "5\rX", "FFFFFFFFFFFFFFFFF"})
    void letsNoBodyLookWholeThatBreaksOff(String size) throws Exception {
        assertThat(
                        attacked.lastAnswerTo(
                                "POST /a HTTP/1.1\r\nHost: x\r\n"
                                        + attacked.header()
                                        + "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n"
                                        + size
                                        + "\r\n"
                                        + "abcde\r\n"
                                        + "0\r\n\r\n"
                                        + "GET /smuggled HTTP/1.1\r\n"
                                        + "Host: x\r\n"
                                        + attacked.header()
                                        + "\r\n"))
                .startsWith("HTTP/1.1 400 ");
        attacked.assertThatTheNextRequestIsItself();
    }

    @ParameterizedTest
    @MethodSource("credentials")
    void carriesABodyOnInAFrameOfItsOwn(String token) throws Exception {
        attacked.assertForwardedOnce(
                "POST /a HTTP/1.1\r\nHost: x\r\n"
                        + token
                        + "Transfer-Encoding: chunked\r\n\r\n"
                        + "5;name=value;other=\"x;y\"\r\nabcde\r\n0\r\n\r\n",
                "abcde");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length",
                "content-length, Host, Content-Type",
                "close, Content-Length",
                "Content-Length, Transfer-Encoding",
                "keep-alive\r\nConnection: Content-Length"
            })
    void keepsTheFrameOfABodyWhateverAClientSaysOfTheConnection(String options) throws Exception {
        for (String token : credentials()) {
            String smuggled = "GET /smuggled HTTP/1.1\r\nHost: x\r\n" + token + "\r\n";

            ByteUpstream.Arrived arrived =
                    attacked.assertForwardedOnce(
                            "POST /a HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
                                    + token
                                    + "Connection: "
                                    + options
                                    + "\r\nContent-Length: "
                                    + smuggled.length()
                                    + "\r\n\r\n"
                                    + smuggled,
                            smuggled);

            assertThat(arrived.values("Content-Type")).containsExactly("text/plain");
            assertThat(arrived.values("Host")).hasSize(1);
        }
    }

    // ── what a head may look like ───────────────────────────────────────────────────────────────

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Host: x\r\nHost: y",
                "Host: x\r\nhost: x",
                "X-Host: x",
                "Host: x\nX-Bare: line feed",
                "Host: x\r\n folded: first",
                "Host: x\r\nBad Header: 1",
                "Host: x\r\nNo-Colon",
                "Host: x\r\n: no name",
                "Host: x\r\nX-Nul: a\u0000b",
                "Host: x\r\nX-Return: a\rb",
                "Host: x\r\nX-Tab\u000b: b",
                "Host: x\r\nX-Separator\u001c: b",
                "Host: a b",
                "Host: x/../y",
                "Host: user@x",
                "Host: x:99999999999",
                "Host: x, y"
            })
    void refusesAHeadThatCanBeReadInTwoWays(String lines) throws Exception {
        for (String token : credentials()) {
            attacked.assertRefused("GET /a HTTP/1.1\r\n" + token + lines + "\r\n\r\n");
        }
    }

    @ParameterizedTest
    @MethodSource("credentials")
    void carriesAFoldedLineOnAsOne(String token) throws Exception {
        ByteUpstream.Arrived arrived =
                attacked.assertForwardedOnce(
                        "GET /a HTTP/1.1\r\nHost: x\r\n"
                                + token
                                + "X-Folded: a\r\n Transfer-Encoding: chunked\r\n\r\n",
                        "");

        assertThat(arrived.values("X-Folded")).containsExactly("a Transfer-Encoding: chunked");
        assertThat(arrived.names()).doesNotContain("transfer-encoding");
    }

    @ParameterizedTest
    @ValueSource(strings = {"FOO/1.1", "HTTP/2.0", "HTTP/0.9", "HTTP/1.1 HTTP/1.1"})
    void refusesAVersionThatIsNotSpokenHere(String version) throws Exception {
        attacked.assertRefused(
                "GET /a " + version + "\r\nHost: x\r\n" + attacked.header() + "\r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"CONNECT", "TRACE"})
    void letsNobodyAskForATunnelOrAnEcho(String method) throws Exception {
        assertThat(
                        attacked.lastAnswerTo(
                                method
                                        + " /a HTTP/1.1\r\nHost: x\r\n"
                                        + attacked.header()
                                        + "\r\n"))
                .startsWith("HTTP/1.1 405 ")
                .containsIgnoringCase("\r\nAllow: GET, HEAD, POST, ")
                .contains("\"method-not-allowed\"");
        attacked.assertThatTheNextRequestIsItself();
    }
}
