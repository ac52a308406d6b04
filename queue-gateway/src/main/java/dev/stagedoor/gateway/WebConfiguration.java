package dev.stagedoor.gateway;

import dev.stagedoor.common.OneAtATime;
import dev.stagedoor.gateway.answer.Answers;
import dev.stagedoor.gateway.connection.FaultyRequests;
import dev.stagedoor.gateway.connection.SlowReaders;
import dev.stagedoor.gateway.connection.SlowRequests;
import dev.stagedoor.gateway.forward.AnswerTrailers;
import dev.stagedoor.gateway.forward.RequestTrailers;

import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import reactor.netty.http.server.HttpServer;

import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** Puts the HTTP side together. */
@Configuration(proxyBeanMethods = false)
class WebConfiguration {

    private final Answers answers;

    WebConfiguration(Answers answers) {
        this.answers = answers;
    }

    @Bean
    NettyServerCustomizer connections(GatewayProperties properties) {
        return server ->
                AnswerTrailers.on(
                        RequestTrailers.on(
                                FaultyRequests.refused(
                                        OneAtATime.on(withoutTheSlow(server, properties)),
                                        answers,
                                        hosts(properties))));
    }

    private static Set<String> hosts(GatewayProperties properties) {
        return properties.allowedHosts().stream()
                .map(host -> host.toLowerCase(Locale.ROOT))
                .collect(Collectors.toUnmodifiableSet());
    }

    private HttpServer withoutTheSlow(HttpServer server, GatewayProperties properties) {
        HttpServer reading =
                SlowRequests.bounded(
                        server, properties.readTimeout(), properties.requestTimeout(), answers);
        return SlowReaders.bounded(reading, properties.writeTimeout());
    }
}
