package dev.stagedoor.common;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stagedoor.common.log.NowAndThen;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

class ValuesTests {

    @Test
    void aUserIsWrittenInTwentyTwoCharacters() {
        UserId user = UserId.random();

        assertThat(user.toString()).hasSize(22);
        assertThat(UserId.parse(user.toString())).contains(user);
    }

    @Test
    void aSubjectOfAnIssuerIsAlwaysTheSameUserAndNoRandomOne() {
        UserId kim = UserId.named("https://id.example", "kim");

        assertThat(kim).isEqualTo(UserId.named("https://id.example", "kim"));
        assertThat(kim).isNotEqualTo(UserId.named("https://other.example", "kim"));
        assertThat(kim.uuid().variant()).isEqualTo(2);
        assertThat(kim.isNamed()).isTrue();
        assertThat(UserId.parse(kim.toString())).contains(kim);
        assertThat(UserId.random().isNamed()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "x",
                "AAAAAAAAAAAAAAAAAAAAAB",
                "AAAAAAAAAAAAAAAAAAAA==",
                "!!!!!!!!!!!!!!!!!!!!!!"
            })
    void nobodyIsWrittenInAnotherWay(String text) {
        assertThat(UserId.parse(text)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-",
                "-a",
                "a-",
                "A",
                "a b",
                "a}b",
                "ä",
                "abcdefghijklmnopqrstuvwxyz0123456"
            })
    void aRoomHasASmallAlphabet(String name) {
        assertThat(RoomId.parse(name)).isEmpty();
        assertThatThrownBy(() -> new RoomId(name)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aSessionCommandIsReadAsWritten() {
        var extend = new SessionCommand.Extend(Duration.ofSeconds(90));

        assertThat(SessionCommand.parse("complete")).contains(new SessionCommand.Complete());
        assertThat(SessionCommand.parse(extend.toString())).contains(extend);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Complete",
                "extend",
                "extend=",
                "extend=0",
                "extend=-1",
                "extend=1.5",
                "extend=999999"
            })
    void noOtherSessionCommandIsUnderstood(String text) {
        assertThat(SessionCommand.parse(text)).isEmpty();
    }

    @Test
    void aSigningKeyIsLongEnoughAndDoesNotShowItsSecret() {
        SigningKey key = SigningKey.random("k1");

        assertThat(SigningKey.parse(key.encoded()).secret()).isEqualTo(key.secret());
        assertThat(key.toString()).isEqualTo("k1");
        assertThatThrownBy(() -> SigningKey.parse("k1:c2hvcnQ"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("32 bytes");
        assertThatThrownBy(() -> SigningKey.random("k\"1"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aSigningKeyIsNotChangedByWhoHasItsSecret() {
        byte[] secret = new byte[32];
        SigningKey key = new SigningKey("k1", secret);
        String written = key.encoded();

        secret[0] = 1;
        key.secret()[0] = 1;

        assertThat(key.encoded()).isEqualTo(written);
    }

    @Test
    void aTraceIsContinuedOnlyWhenItIsWellFormed() {
        String trace = "4bf92f3577b34da6a3ce929d0e0e4736";

        assertThat(TraceId.of("00-" + trace + "-00f067aa0ba902b7-01")).isEqualTo(trace);
        assertThat(TraceId.of("00-" + "0".repeat(32) + "-00f067aa0ba902b7-01"))
                .doesNotContain("0".repeat(32));
        assertThat(TraceId.of("00-" + trace + "-" + "0".repeat(16) + "-01")).isNotEqualTo(trace);
        assertThat(TraceId.of("00-" + trace + "-00f067aa0ba902b7-01-x")).isNotEqualTo(trace);
        assertThat(TraceId.of(null)).matches("[0-9a-f]{32}");
    }

    @Test
    void whatHappensThousandsOfTimesIsSaidOnce() {
        NowAndThen seldom = new NowAndThen();
        List<Long> said = new ArrayList<>();

        for (int i = 0; i < 1_000; i++) {
            seldom.say(said::add);
        }

        assertThat(said).containsExactly(0L);
    }
}
