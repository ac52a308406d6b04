package dev.stagedoor.common;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GuestIdTests {

    @ParameterizedTest
    @ValueSource(longs = {0, -1, 0x123456789ABCDEFL, Long.MIN_VALUE})
    void saysItsMarkInFrontAndItsKindInTheNinthCharacter(long mark) {
        UserId one = UserId.guest(mark);
        UserId another = UserId.guest(mark);

        assertThat(one).isNotEqualTo(another);
        assertThat(one.toString().substring(0, 6)).isEqualTo(another.toString().substring(0, 6));
        assertThat(one.toString().charAt(8)).isIn('k', 'l', 'm', 'n');
        assertThat(one.uuid().getMostSignificantBits() >>> 28).isEqualTo(mark >>> 28);
        assertThat(one.uuid().variant()).isEqualTo(2);
        assertThat(one.isNamed()).isFalse();
        assertThat(UserId.parse(one.toString())).contains(one);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void nobodyElseLooksLikeAGuest(int name) {
        assertThat(UserId.random().toString().charAt(8)).isNotIn('k', 'l', 'm', 'n');
        assertThat(UserId.named("https://issuer", "subject " + name).toString().charAt(8))
                .isNotIn('k', 'l', 'm', 'n');
    }
}
