package dev.stagedoor.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.stagedoor.gateway.request.TrustedProxies;
import dev.stagedoor.gateway.share.Limits;
import dev.stagedoor.gateway.upstream.UpstreamProperties;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;
import org.springframework.core.io.support.SpringFactoriesLoader;

import java.util.Objects;

/** A gateway that is set wrongly does not start, and says what is wrong. */
class BadSettingsTests {

    private final ApplicationContextRunner settings =
            new ApplicationContextRunner().withUserConfiguration(SettingsAlone.class);

    @EnableConfigurationProperties({
        GatewayProperties.class,
        UpstreamProperties.class,
        Limits.class
    })
    private static final class SettingsAlone {

        @Bean
        static TrustedProxies trustedProxies(GatewayProperties gateway) {
            return new TrustedProxies(gateway.trustedProxies());
        }

        @Bean
        static RoomsProperties rooms(Environment environment) {
            return RoomsProperties.of(environment, BindHandler.DEFAULT);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "stagedoor.rooms.main.capacity=0             | capacity must be 1 to 10,000,000",
                "stagedoor.rooms.main.batch=-1               | batch must be 1",
                "stagedoor.room-defaults.batch=0             | batch must be 1",
                "stagedoor.rooms.main.interval=10ms          | interval must be 100ms to 60s",
                "stagedoor.rooms.main.claim-timeout=10m      | claim-timeout must not be longer"
                        + " than session",
                "stagedoor.rooms.main.idle-timeout=30s       | idle-timeout must be at least 60s",
                "stagedoor.rooms.main.mode=SOMETIMES         | No enum constant"
                        + " dev.stagedoor.gateway.waitingroom.Mode.SOMETIMES",
                "stagedoor.rooms.main.paths=seats            | paths must each begin with /",
                "stagedoor.rooms.main.paths=/{seats          | paths must be path patterns",
                "stagedoor.rooms.main.paths=/\uFFFD/**      | paths must be in letters that this"
                        + " machine reads",
                "stagedoor.rooms.main.open-paths=GET /{seats | open-paths must be path patterns",
                "stagedoor.rooms.main.hosts=https://a        | hosts must each be a host or *.host",
                "stagedoor.rooms.main.hosts=a.example:443    | hosts must each be a host or *.host",
                "stagedoor.rooms.main.origin=ftp://a         | origin must be http(s)://host:port",
                "stagedoor.rooms.main.origin=http://a/path   | origin must be http(s)://host:port",
                "stagedoor.rooms.main.origin=http://a:99999  | origin must be http(s)://host:port",
                "stagedoor.rooms.main.origin=http://a..b     | origin must be http(s)://host:port",
                "stagedoor.rooms.main.origin=http://-        | origin must be http(s)://host:port",
                "stagedoor.gateway.prefix=queue              | gateway.prefix must be a path",
                "stagedoor.gateway.prefix=/queue/            | gateway.prefix must be a path",
                "stagedoor.gateway.prefix=/a/../b            | gateway.prefix must be a path",
                "stagedoor.gateway.closed-paths=admin        | closed-paths must each be a path",
                "stagedoor.gateway.closed-paths=/admin/**    | closed-paths must each be a path",
                "stagedoor.gateway.closed-paths=/%61dmin     | closed-paths must each be a path",
                "stagedoor.gateway.unknown-hosts=perhaps     | No enum constant",
                "stagedoor.rooms[Main!].capacity=5           | a room is named by 1 to 32 of a-z",
                "stagedoor.gateway.cors-origins=*            | cors-origins must each be"
                        + " scheme://host, optionally with a port, but one is *",
                "stagedoor.gateway.cors-origins=shop.example | cors-origins must each be",
                "stagedoor.gateway.cors-origins=https://a/b  | cors-origins must each be",
                "stagedoor.gateway.cors-origins=null         | cors-origins must each be",
                "stagedoor.gateway.allowed-hosts=https://a   | allowed-hosts must each be a host",
                "stagedoor.gateway.allowed-hosts=a:443       | allowed-hosts must each be a host",
                "stagedoor.gateway.allowed-hosts=a,,b        | allowed-hosts must each be a host",
                "stagedoor.gateway.max-streams=-1            | max-streams and .max-connections",
                "stagedoor.gateway.min-body-rate=-1B         | min-body-rate must not be negative",
                "stagedoor.gateway.idle-timeout=0s           | idle-timeout must be longer than",
                "stagedoor.gateway.read-timeout=0s           | read-timeout must be longer than"
                        + " nothing",
                "stagedoor.gateway.request-timeout=-1s       | request-timeout must be longer",
                "stagedoor.gateway.recovery-window=-1s       | recovery-window must not be"
                        + " negative",
                "stagedoor.gateway.trusted-proxies=10.0.0.0/40 | trusted-proxies must each be an"
                        + " address or a network, but one is 10.0.0.0/40",
                "stagedoor.gateway.trusted-proxies=proxy     | trusted-proxies must each be",
                "stagedoor.gateway.limits.places=0           | limits must be at least 1",
                "stagedoor.gateway.limits.streams=-1         | limits must not be negative",
                "stagedoor.upstream.response-timeout=0s      | response-timeout must be longer",
                "stagedoor.upstream.pending-timeout=-1s      | pending-timeout must be longer",
                "stagedoor.upstream.connect-timeout=0s       | connect-timeout must be longer",
                "stagedoor.upstream.connect-timeout=25d      | connect-timeout must be longer than"
                        + " nothing and at most 1h",
                "stagedoor.upstream.url=http://a:99999       | upstream.url must be http",
                "stagedoor.upstream.open-connections=0       | must be at least 1",
                "stagedoor.upstream.body-buffer=11MB         | body-buffer must be at least 1 byte",
                "stagedoor.upstream.idle-timeout=0s          | idle-timeout must be longer",
                "stagedoor.upstream.url=ftp://a:80           | upstream.url must be http",
                "stagedoor.upstream.url=//a:80               | upstream.url must be http"
            })
    void areRefusedWithTheirReason(String setting, String reason) {
        settings.withPropertyValues(setting)
                .run(
                        context ->
                                assertThat(context.getStartupFailure())
                                        .hasStackTraceContaining(reason));
    }

    @Test
    void namesABundleThatThereIsNot() {
        assertThatThrownBy(
                        () ->
                                Gateways.startOn(
                                                "redis://127.0.0.1:1",
                                                "http://127.0.0.1:1",
                                                "stagedoor.rooms.main.origin-trust=nobody")
                                        .close())
                .hasStackTraceContaining("rooms.main.origin-trust must be a bundle");
    }

    @Test
    void stopTheStart() {
        assertThatThrownBy(
                        () ->
                                Gateways.startOn(
                                                "redis://127.0.0.1:1",
                                                "http://127.0.0.1:1",
                                                "stagedoor.rooms.main.capacity=0")
                                        .close())
                .hasStackTraceContaining("capacity must be 1 to 10,000,000");
    }

    /** Also what is not bound to settings: nobody reads to the end of a stack trace. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "stagedoor.keys.access=          | stagedoor.keys.access: a signing key is written",
                "stagedoor.keys.access=one:c2hvcnQ | stagedoor.keys.access: key one is shorter",
                "stagedoor.keys.queue=one        | stagedoor.keys.queue: a signing key is written",
                "stagedoor.ops.password=short    | stagedoor.ops.password must be at least 12",
                "stagedoor.rooms.main.origin-trust=nobody | stagedoor.rooms.main.origin-trust must",
                "server.http2.enabled=true        | server.http2.enabled must be false"
            })
    void areToldInOneSentence(String setting, String reason) {
        Throwable failure =
                catchThrowable(
                        () ->
                                Gateways.startOn(
                                                "redis://127.0.0.1:1",
                                                "http://127.0.0.1:1",
                                                setting)
                                        .close());

        assertThat(
                        SpringFactoriesLoader.forDefaultResourceLocation()
                                .load(FailureAnalyzer.class, (_, _, _) -> {}))
                .extracting(analyzer -> analyzer.analyze(failure))
                .filteredOn(Objects::nonNull)
                .anySatisfy(said -> assertThat(said.getDescription()).startsWith(reason));
    }

    @ExtendWith(OutputCaptureExtension.class)
    @ParameterizedTest
    @ValueSource(
            strings = {
                "redis://:s3cret#@127.0.0.1:1",
                "redis://:s3cret%@127.0.0.1:1",
                "redis://:s3cret/@127.0.0.1:1",
                "redis://line:s3cret@[127.0.0.1:1",
                "redis-sentinel://:s3cret@127.0.0.1:1",
                "s3cret@127.0.0.1"
            })
    void areToldWithoutTheirPassword(String url, CapturedOutput output) {
        Throwable failure =
                catchThrowable(() -> Gateways.startOn(url, "http://127.0.0.1:1").close());

        assertThat(failure).hasMessageStartingWith("spring.data.redis.url must be redis://");
        assertThat(output.getAll()).contains("spring.data.redis.url must").doesNotContain("s3cret");
    }
}
