package dev.stagedoor.gateway.door;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.devservices.FreePort;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;

import org.junit.jupiter.api.Test;
import org.springframework.context.ConfigurableApplicationContext;

import reactor.core.publisher.Mono;

import java.net.http.HttpResponse;

/** A gateway in front of a gateway, which may be itself. */
class LoopTests {

    @Test
    void whatComesRoundAgainAndAgainIsTurnedAway() {
        int port = FreePort.find();
        try (EmbeddedRedis redis = EmbeddedRedis.start();
                ConfigurableApplicationContext gateway =
                        open(redis, "http://127.0.0.1:" + port, "stagedoor.gateway.port=" + port)) {
            HttpResponse<String> answer = Visitor.send(Visitor.request(gateway, "/open"));

            assertThat(answer.statusCode()).isEqualTo(508);
            assertThat(answer.body()).contains("upstream-loop");
        }
    }

    @Test
    void oneMayStandInFrontOfAnother() {
        try (EmbeddedRedis redis = EmbeddedRedis.start();
                Upstream site = new Upstream();
                ConfigurableApplicationContext inner = open(redis, site.url());
                ConfigurableApplicationContext outer =
                        open(redis, "http://127.0.0.1:" + Gateways.port(inner))) {
            site.answers(
                    (request, response) ->
                            response.sendString(
                                    Mono.just(request.requestHeaders().get("Stagedoor-Hops"))));

            HttpResponse<String> answer = Visitor.send(Visitor.request(outer, "/open"));

            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("2");
        }
    }

    private static ConfigurableApplicationContext open(
            EmbeddedRedis redis, String upstream, String... settings) {
        String[] all = new String[settings.length + 1];
        all[0] = "stagedoor.rooms.round.open-paths=GET /open";
        System.arraycopy(settings, 0, all, 1, settings.length);
        return Gateways.startOn(redis.url(), upstream, all);
    }
}
