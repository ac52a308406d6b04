package dev.stagedoor.gateway.verdict;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.gateway.Gateways;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.function.UnaryOperator;

class NginxTests extends BesideAProxy {

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

    private static HttpResponse<String> asks(Proxy proxy, String token) throws Exception {
        return sends(
                proxy, "GET", "/main/seats?a=b", BodyPublishers.noBody(), "Queue-Token", token);
    }
}
