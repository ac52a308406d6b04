package dev.stagedoor.gateway.waitingroom;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.InetAddress;

class NetworkTests {

    @ParameterizedTest
    @CsvSource({
        "192.0.2.7,        192.0.2.255,     192.0.2.0/24",
        "0.0.0.1,          0.0.0.0,         0.0.0.0/24",
        "255.255.255.0,    255.255.255.255, 255.255.255.0/24",
        "2001:db8:1:2::1,  2001:db8:1:2:ffff:ffff:ffff:ffff, 2001:db8:1:2::/64",
        "::ffff:192.0.2.7, 192.0.2.8,       192.0.2.0/24",
        "64:ff9b::192.0.2.7, 192.0.2.8,     192.0.2.0/24"
    })
    void neighboursAreOneClient(String one, String other, String network) {
        assertThat(of(one)).isEqualTo(of(other)).hasToString(network);
    }

    @ParameterizedTest
    @CsvSource({
        "192.0.2.7,       192.0.3.7",
        "2001:db8:1:2::1, 2001:db8:1:3::1",
        "0.0.0.1,         ::1",
        "1.2.3.4,         ::1.2.3.4",
        "64:ff9b::192.0.2.7, 64:ff9b::198.51.100.7",
        "192.0.2.7,       64:ff9b:1::192.0.2.7"
    })
    void othersAreNot(String one, String other) {
        assertThat(of(one)).isNotEqualTo(of(other));
    }

    @ParameterizedTest
    @CsvSource({
        "192.0.2.7, 192.0.2.0/24",
        "192.0.2.7/24, 192.0.2.0/24",
        "2001:db8:1:2::1/64, 2001:db8:1:2::/64",
        "64:ff9b::192.0.2.7/24, 192.0.2.0/24"
    })
    void isReadFromAnAddressOrAsItIsWritten(String written, String network) {
        assertThat(Network.parse(written).orElseThrow()).hasToString(network);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1",
                "1/24",
                "3232235777",
                "1.2",
                "1.2.3",
                "192.0.2.7/32",
                "64:ff9b::/64",
                "64:ff9b::192.0.2.7/64"
            })
    void whatNobodyWritesForANetworkIsNone(String written) {
        assertThat(Network.parse(written)).isEmpty();
    }

    private static Network of(String address) {
        return Network.of(InetAddress.ofLiteral(address));
    }
}
