package dev.stagedoor.common.operators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stagedoor.common.ProblemCode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.security.crypto.bcrypt.BCryptPasswordEncoder;

import reactor.core.publisher.Flux;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;

/** Who comes in by name and password, and who is kept waiting by guesses. */
class OperatorsTests {

    private static final String PASSWORD = "correct horse";

    /** It takes a second to make, as it takes to know it. */
    private static final String OF_ANOTHER_KIND =
            "{pbkdf2}000102030405060708090a0b0c0d0e0f714eb4e46d526b82"
                    + "298560f1af99f32b59323cf07d3a1978bf45ba35d7c39861";

    /** Slow enough for others to come while it is compared. */
    private static final String SLOW = "{bcrypt}" + new BCryptPasswordEncoder(10).encode(PASSWORD);

    private static final InetSocketAddress PROXY = new InetSocketAddress("192.0.2.1", 4711);

    private final AtomicReference<Instant> now =
            new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));
    private final Operators operators =
            operators(
                    "battery staple",
                    Map.of(
                            "alice", new Account(hash(PASSWORD), Role.OPERATOR),
                            "bob", new Account(SLOW, null)));

    @Test
    void knowsWhoItIsAndWhatTheyMayDo() {
        assertThat(login("alice", PASSWORD)).isEqualTo(new Login.Granted("alice", Role.OPERATOR));
        assertThat(login("bob", PASSWORD)).isEqualTo(new Login.Granted("bob", Role.VIEWER));
        assertThat(login("ops", "battery staple"))
                .isEqualTo(new Login.Granted("ops", Role.OPERATOR));
        assertThat(shown("Bearer battery staple"))
                .isEqualTo(new Login.Granted("ops", Role.OPERATOR));
        assertThat(shown(basic("alice:" + PASSWORD)))
                .isEqualTo(new Login.Granted("alice", Role.OPERATOR));
    }

    @Test
    void knowsHashesOfAnotherKindToo() {
        Operators others = operators("", Map.of("carol", new Account(OF_ANOTHER_KIND, null)));

        assertThat(others.login("carol", PASSWORD, PROXY).block())
                .isEqualTo(new Login.Granted("carol", Role.VIEWER));
        assertThat(why(others.login("carol", "guess", PROXY).block()))
                .isEqualTo(ProblemCode.OPS_REQUIRED);
    }

    @Test
    void nobodyComesInWithAnotherPasswordOrUnderAnotherName() {
        assertThat(why(login("alice", "battery staple"))).isEqualTo(ProblemCode.OPS_REQUIRED);
        assertThat(why(login("mallory", PASSWORD))).isEqualTo(ProblemCode.OPS_REQUIRED);
        assertThat(why(login("", ""))).isEqualTo(ProblemCode.OPS_REQUIRED);
        assertThat(why(shown("Bearer " + PASSWORD))).isEqualTo(ProblemCode.OPS_REQUIRED);
        assertThat(why(shown("Basic ?"))).isEqualTo(ProblemCode.OPS_REQUIRED);
        assertThat(why(shown(basic("alice")))).isEqualTo(ProblemCode.OPS_REQUIRED);
        assertThat(why(shown(null))).isEqualTo(ProblemCode.OPS_REQUIRED);
        assertThat(why(operators("", Map.of()).login("", "", PROXY).block()))
                .isEqualTo(ProblemCode.OPS_REQUIRED);
    }

    @Test
    void aRowOfWrongGuessesBehindOneProxyKeepsNobodyElseOut() {
        for (int i = 0; i < 200; i++) {
            login("mallory" + i, "guess " + i);
            login("alice", "guess " + i);
        }

        assertThat(why(login("alice", PASSWORD))).isEqualTo(ProblemCode.TOO_MANY_REQUESTS);
        assertThat(login("bob", PASSWORD)).isInstanceOf(Login.Granted.class);
        assertThat(login("ops", "battery staple")).isInstanceOf(Login.Granted.class);
        now.updateAndGet(instant -> instant.plusSeconds(61));
        assertThat(login("alice", PASSWORD)).isInstanceOf(Login.Granted.class);
    }

    @Test
    void guessesFromElsewhereKeepNobodyWaitingWhoHasShownThePasswordHere() {
        login("alice", PASSWORD);
        InetSocketAddress elsewhere = new InetSocketAddress("198.51.100.1", 1);

        List<Login> answers =
                Flux.range(0, 100)
                        .flatMap(
                                i ->
                                        Flux.merge(
                                                operators.login("alice", "guess " + i, elsewhere),
                                                operators.login("alice", PASSWORD, PROXY)),
                                100)
                        .filter(Login.Granted.class::isInstance)
                        .collectList()
                        .block();

        assertThat(answers).hasSize(100);
    }

    @Test
    void comparesOnePasswordOfANameAtATime() {
        List<ProblemCode> answers =
                Flux.range(0, 50)
                        .flatMap(i -> operators.login("bob", "guess " + i, address(i)), 50)
                        .map(OperatorsTests::why)
                        .collectList()
                        .block();

        assertThat(answers)
                .containsOnly(ProblemCode.OPS_REQUIRED, ProblemCode.TOO_MANY_REQUESTS)
                .contains(ProblemCode.OPS_REQUIRED)
                .filteredOn(ProblemCode.TOO_MANY_REQUESTS::equals)
                .hasSizeGreaterThan(25);
        assertThat(login("bob", PASSWORD)).isInstanceOf(Login.Granted.class);
    }

    @Test
    void theSamePasswordAtTheSameTimeIsComparedOnce() {
        List<Login> answers =
                Flux.range(0, 50)
                        .flatMap(_ -> operators.login("bob", PASSWORD, PROXY), 50)
                        .collectList()
                        .block();

        assertThat(answers).hasSize(50).containsOnly(new Login.Granted("bob", Role.VIEWER));
    }

    @Test
    void whoeverBreaksOffBlocksNobody() {
        IntStream.range(0, 20)
                .forEach(i -> operators.login("bob", "guess", address(i)).subscribe().dispose());

        List<Login> answers =
                Flux.defer(() -> operators.login("bob", PASSWORD, PROXY))
                        .repeat(1_000)
                        .takeUntil(Login.Granted.class::isInstance)
                        .delayElements(Duration.ofMillis(10))
                        .collectList()
                        .block();

        assertThat(answers.getLast()).isInstanceOf(Login.Granted.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "correct horse battery",
                "{noop}correct horse battery",
                "{bcrypt}correct horse battery",
                "{pbkdf2}xyz",
                "{argon2}$argon2id$v=19$m=16,t=2,p=1$c2FsdHNhbHQ$x",
                "{"
            })
    void aNameNeedsAHashThatCanBeRead(String password) {
        Map<String, Account> named = Map.of("alice", new Account(password, Role.OPERATOR));

        assertThatThrownBy(() -> operators("", named))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("stagedoor.ops.operators.alice.password must be a hash")
                .hasMessageNotContaining("horse");
    }

    @Test
    void aPlainPasswordIsLongAndWhatContradictsItselfIsRefused() {
        assertThatThrownBy(() -> operators("elevenchars", Map.of()))
                .hasMessageContaining("stagedoor.ops.password must be at least 12 characters")
                .hasMessageNotContaining("elevenchars");
        assertThatThrownBy(() -> operators("🎫".repeat(11), Map.of()))
                .hasMessageContaining("must be at least 12 characters");
        assertThatThrownBy(() -> operators("a".repeat(73), Map.of()))
                .hasMessageContaining("at most 72 bytes");
        assertThatThrownBy(() -> operators("한".repeat(25), Map.of()))
                .hasMessageContaining("at most 72 bytes");
        assertThatThrownBy(() -> operators("\uFFFD".repeat(24), Map.of()))
                .as("eight letters of Hangul, with LANG=C")
                .hasMessageContaining("stagedoor.ops.password has letters that this machine does");
        assertThatThrownBy(
                        () ->
                                operators(
                                        "battery staple",
                                        Map.of("ops", new Account(hash(PASSWORD), null))))
                .hasMessageContaining("both for ops");
        assertThatThrownBy(() -> operators("", Map.of("a b", new Account(hash(PASSWORD), null))))
                .hasMessageContaining("1 to 64 letters");
        assertThat(new Account(PASSWORD, null).toString()).doesNotContain(PASSWORD);
    }

    // ── steps ───────────────────────────────────────────────────────────────────────────────────

    private Operators operators(String password, Map<String, Account> named) {
        return new Operators(
                ProblemCode.OPS_REQUIRED, "stagedoor.ops", "ops", password, named, now::get);
    }

    private Login login(String name, String password) {
        return operators.login(name, password, PROXY).block();
    }

    private Login shown(String authorization) {
        return operators.login(authorization, PROXY).block();
    }

    private static ProblemCode why(Login login) {
        return ((Login.Refused) login).problem().code();
    }

    private static InetSocketAddress address(int i) {
        return new InetSocketAddress("198.51.100." + i, 1);
    }

    private static String basic(String pair) {
        return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    }

    private static String hash(String password) {
        return Passwords.quickHash("", password);
    }
}
