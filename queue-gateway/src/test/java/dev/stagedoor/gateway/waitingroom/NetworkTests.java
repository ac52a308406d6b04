package dev.stagedoor.gateway.waitingroom;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.net.InetAddress;

class NetworkTests {

    @ParameterizedTest
    @CsvSource({
        "192.0.2.7,        192.0.2.255,     192.0.2.0/24",
        "0.0.0.1,          0.0.0.0,         0.0.0.0/24",
        "255.255.255.0,    255.255.255.255, 255.255.255.0/24",
        "2001:db8:1:2::1,  2001:db8:1:2:ffff:ffff:ffff:ffff, 2001:db8:1:2::/64",
        "::ffff:192.0.2.7, 192.0.2.8,       192.0.2.0/24"
    })
    void neighboursAreOneClient(String one, String other, String network) {
        assertThat(of(one)).isEqualTo(of(other)).hasToString(network);
    }

    @ParameterizedTest
    @CsvSource({
        "192.0.2.7,       192.0.3.7",
        "2001:db8:1:2::1, 2001:db8:1:3::1",
        "0.0.0.1,         ::1",
        "1.2.3.4,         ::1.2.3.4"
    })
    void othersAreNot(String one, String other) {
        assertThat(of(one)).isNotEqualTo(of(other));
    }

    private static Network of(String address) {
        return Network.of(InetAddress.ofLiteral(address));
    }
}
