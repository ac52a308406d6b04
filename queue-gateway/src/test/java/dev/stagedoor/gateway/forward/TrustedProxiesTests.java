package dev.stagedoor.gateway.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stagedoor.gateway.request.TrustedProxies;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

class TrustedProxiesTests {

    private final TrustedProxies proxies =
            new TrustedProxies(List.of("10.0.0.0/8", "192.168.1.7", "fd00::/8"));

    @ParameterizedTest
    @CsvSource({
        "10.1.2.3, true",
        "11.1.2.3, false",
        "192.168.1.7, true",
        "192.168.1.8, false",
        "fd00::1, true",
        "64:ff9b::10.1.2.3, true",
        "64:ff9b::11.1.2.3, false",
        "fe80::1, false"
    })
    void includesWhoIsListed(String address, boolean included) {
        assertThat(proxies.includes(new InetSocketAddress(address, 1))).isEqualTo(included);
    }

    @Test
    void believesNobodyWhereNobodyIsListed() {
        InetSocketAddress peer = new InetSocketAddress("10.1.2.3", 1);

        assertThat(new TrustedProxies(List.of()).includes(peer)).isFalse();
        assertThat(new TrustedProxies(List.of()).isSecure("http", peer, "https")).isFalse();
        assertThat(proxies.isSecure("http", peer, "https")).isTrue();
        assertThat(proxies.isSecure("http", peer, "wss")).as("a WebSocket").isTrue();
        assertThat(proxies.isSecure("http", peer, "http")).isFalse();
        assertThat(proxies.isSecure("http", peer, "ws")).isFalse();
        assertThat(proxies.isSecure("https", null, null)).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "-                               | 10.0.0.1",
                "192.0.2.1                       | 192.0.2.1",
                "9.9.9.9, 192.0.2.1              | 192.0.2.1",
                "9.9.9.9, 192.0.2.1, 10.2.2.2    | 192.0.2.1",
                "9.9.9.9 / 192.0.2.1 / 10.2.2.2  | 192.0.2.1",
                "10.3.3.3, 10.2.2.2              | 10.3.3.3",
                "192.0.2.1:4711                  | 192.0.2.1",
                "2001:db8::1                     | 2001:db8::1",
                "[2001:db8::1]:4711, 10.2.2.2    | 2001:db8::1",
                "192.0.2.1, unknown              | 10.0.0.1",
                "192.0.2.1, [10.2.2.2            | 10.0.0.1",
                "192.0.2.1, x10.2.2.2]           | 10.0.0.1",
                "192.0.2.1, , 10.2.2.2           | 10.2.2.2",
                "192.0.2.1, 10.2.2.2.2           | 10.0.0.1",
                "192.0.2.1,                      | 192.0.2.1",
                "192.0.2.1, 64:ff9b::10.2.2.2    | 192.0.2.1",
                "192.0.2.1, 167904770            | 10.0.0.1",
                "192.0.2.1, 10.514               | 10.0.0.1"
            })
    void namesWhomTheLastProxyComesForHoweverMuchIsWrittenBefore(String named, String client)
            throws Exception {
        List<String> lines = named == null ? List.of() : List.of(named.split(" / "));

        assertThat(proxies.client(InetAddress.getByName("10.0.0.1"), lines))
                .isEqualTo(InetAddress.getByName(client));
    }

    /** Whoever may be one of them could name as many as fit into a head. */
    @ParameterizedTest
    @CsvSource({"20, 192.0.2.1", "21, 10.0.0.1", "3500, 10.0.0.1"})
    void aLongerChainThanAnyoneHasNamesNobody(int proxies, String client) {
        String named = "192.0.2.1" + ", 10.2.2.2".repeat(proxies);

        assertThat(client(named)).isEqualTo(InetAddress.ofLiteral(client));
        assertThat(client(named.split(", "))).isEqualTo(InetAddress.ofLiteral(client));
    }

    private InetAddress client(String... lines) {
        return proxies.client(InetAddress.ofLiteral("10.0.0.1"), List.of(lines));
    }

    @ParameterizedTest
    @ValueSource(strings = {"10", "10/8", "10.0", "proxy"})
    void isNotSetByWhatIsNoAddress(String setting) {
        assertThatThrownBy(() -> new TrustedProxies(List.of(setting)))
                .hasMessageContaining("stagedoor.gateway.trusted-proxies");
    }

    @Test
    void keepsWhatATrustedProxySaysAndDropsWhatAnybodyElseSays() {
        HttpHeaders from =
                new DefaultHttpHeaders()
                        .add("Forwarded", "for=1.2.3.4")
                        .add("X-Forwarded-For", "1.2.3.4")
                        .add("Stagedoor-Pass", "forged")
                        .add("Accept", "*/*");
        HttpHeaders believed = new DefaultHttpHeaders();
        HttpHeaders dropped = new DefaultHttpHeaders();

        Heads.copyToUpstream(from, believed, true);
        Heads.copyToUpstream(from, dropped, false);

        assertThat(believed.names())
                .containsExactlyInAnyOrder("Forwarded", "X-Forwarded-For", "Accept");
        assertThat(dropped.names()).containsExactly("Accept");
    }
}
