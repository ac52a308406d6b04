package dev.stagedoor.gateway.verdict;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.devservices.FreePort;
import dev.stagedoor.gateway.GatewayProperties;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.connection.Connection;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.PriorityBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

class NginxTests extends BesideAProxy {

    private static final int CROWD = 50;
    private static final int ASKING = 3 * CROWD;

    @Override
    Proxy start(Proxy.Behind behind) throws IOException {
        return Proxy.nginx(behind, UnaryOperator.identity());
    }

    /** It comes from the gateway's public side. */
    @Override
    int statusOfAPage() {
        return 202;
    }

    @Override
    int statusOfNobody() {
        return 503;
    }

    @Override
    int statusOfSilence() {
        return 503;
    }

    /** It chooses its server by the host of the line, whatever the other one is. */
    @Test
    void whichRoomGuardsIsSaidByTheHostThatNginxHasTaken() throws Exception {
        assertThat(asks("http://elsewhere.example/open", "shop.example").status()).isEqualTo(401);
        assertThat(asks("/open", "elsewhere.example:8443").status()).isEqualTo(401);

        assertThat(asks("http://shop.example/open?head", "elsewhere.example").body())
                .containsIgnoringCase("host: shop.example\n");
        assertThat(asks("/open?head", "shop.example:8443").body())
                .containsIgnoringCase("host: shop.example:8443\n");
        assertThat(asks("/open?head", "[::1]:8443").body())
                .containsIgnoringCase("host: [::1]:8443\n");
        assertThat(asks("/open?head", "[::1]").body()).containsIgnoringCase("host: [::1]\n");
    }

    private Connection.Answer asks(String target, String host) throws IOException {
        try (Connection connection = new Connection(proxy.port())) {
            connection.send("GET %s HTTP/1.1\r\nHost: %s\r\n\r\n".formatted(target, host));
            return connection.next();
        }
    }

    @Test
    void whoeverIsInsideIsSentBackOnceAndNotRoundAndRoundWhereTheQuestionIsPutWrongly()
            throws Exception {
        try (Proxy forgetful =
                Proxy.nginx(
                        new Proxy.Behind(
                                URI.create(site.url()).getPort(), Gateways.port(gateway), verdicts),
                        settings ->
                                settings.replace(
                                        "proxy_pass_request_body off;",
                                        "proxy_pass_request_body off; proxy_set_header Queue-Token"
                                                + " '';"))) {
            String token = joins("main");

            HttpResponse<String> first = asks(forgetful, token);
            HttpResponse<String> second = asks(forgetful, token);

            assertThat(first.statusCode()).isEqualTo(307);
            assertThat(first.headers().firstValue("Location").orElseThrow())
                    .endsWith("/main/seats?a=b");
            assertThat(second.statusCode()).isEqualTo(508);
            assertThat(second.body()).contains("redirect-loop");
        }
    }

    /** In the order in which they came, no more at once than the room has places. */
    @Test
    void aThousandVisitorsGoThroughInTheirOrder() throws Exception {
        String[] tokens = new String[1_000];
        for (int i = 0; i < tokens.length; i++) {
            tokens[i] = joins("crowd");
            // Of whoever is never heard of again a place is not kept for as long as this may take.
            assertThat(get("/.stagedoor/tokens/current", "Queue-Token", tokens[i]).statusCode())
                    .isEqualTo(200);
        }
        Queue<Integer> order = new ConcurrentLinkedQueue<>();
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        changes("crowd", "mode", "AUTO");

        try (ExecutorService visitors = Executors.newFixedThreadPool(ASKING)) {
            // Those at the head ask, thrice as many as there are places: most of them too early.
            Queue<Integer> waiting = new PriorityBlockingQueue<>();
            IntStream.range(0, tokens.length).forEach(waiting::add);
            List<Future<?>> all = new ArrayList<>();
            for (int thread = 0; thread < ASKING; thread++) {
                all.add(
                        visitors.submit(
                                () -> {
                                    for (Integer i = waiting.poll();
                                            i != null;
                                            i = waiting.poll()) {
                                        HttpResponse<String> answer =
                                                get("/crowd/seats", "Queue-Token", tokens[i]);
                                        // 307: the turn has come between the two questions.
                                        if (answer.statusCode() == 429
                                                || answer.statusCode() == 307) {
                                            waiting.add(i);
                                            continue;
                                        }
                                        assertThat(answer.statusCode())
                                                .as(answer.body())
                                                .isEqualTo(200);
                                        most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                                        order.add(i);
                                        assertThat(
                                                        get(
                                                                        "/crowd/seats",
                                                                        "Queue-Token",
                                                                        tokens[i])
                                                                .statusCode())
                                                .isEqualTo(200);
                                        inside.decrementAndGet();
                                        String pass = answer.body().split("\\|")[1];
                                        assertThat(endsSession(pass)).isEqualTo(204);
                                    }
                                    return null;
                                }));
            }
            for (Future<?> one : all) {
                one.get(3, TimeUnit.MINUTES);
            }
        }

        assertThat(order).hasSize(1_000).doesNotHaveDuplicates();
        assertThat(most.get()).isLessThanOrEqualTo(CROWD);
        int served = 0;
        for (int rank : order) {
            // Nobody is there before all but a room's capacity of those ahead have been let in.
            assertThat(rank - served).isLessThan(2 * CROWD);
            served++;
        }
    }

    /** What may not be repeated would be lost by one that the gateway closes just then. */
    @Test
    void connectionsAreKeptForLessThanTheGatewayKeepsThem() throws Exception {
        Duration kept = gateway.getBean(GatewayProperties.class).idleTimeout();

        assertThat(
                        Pattern.compile("upstream (?:line|verdicts) .*keepalive_timeout (\\d+)s;")
                                .matcher(
                                        Files.readString(Path.of("../deploy/nginx/stagedoor.conf")))
                                .results()
                                .map(found -> Duration.ofSeconds(Long.parseLong(found.group(1)))))
                .hasSize(2)
                .allMatch(it -> it.compareTo(kept) < 0);
    }

    /** But for the certificate, which nobody has here. */
    @Test
    void whatThePublicMeetsIsWhatNginxTakes() throws Exception {
        String tls =
                Files.readString(Path.of("../deploy/nginx/tls.conf"))
                        .replaceAll("(?m)^ssl_certificate.*", "")
                        .replace("listen 80", "listen 127.0.0.1:" + FreePort.find())
                        .replace("listen 443", "listen 127.0.0.1:" + FreePort.find());

        assertThat(Proxy.saidByNginxOf(tls)).isEmpty();
        assertThat(Proxy.saidByNginxOf(tls.replace("ssl_protocols", "ssl_protocol")))
                .contains("unknown directive");
    }

    private static HttpResponse<String> asks(Proxy proxy, String token) throws Exception {
        return sends(
                proxy, "GET", "/main/seats?a=b", BodyPublishers.noBody(), "Queue-Token", token);
    }
}
