package dev.stagedoor.gateway.line;

import dev.stagedoor.common.ApiDocument;
import dev.stagedoor.gateway.answer.Answers;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpHeaders;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;

import reactor.core.publisher.Mono;

import java.nio.charset.StandardCharsets;

/** Describes the calls of the queue to programs. */
@Configuration(proxyBeanMethods = false)
class ApiRoute {

    private final QueueAddresses addresses;
    private final byte[] document;
    private final Answers answers;

    public ApiRoute(QueueAddresses addresses, Answers answers) {
        this.addresses = addresses;
        String usual =
                new String(
                        ApiDocument.beside(ApiRoute.class, "openapi.yaml"), StandardCharsets.UTF_8);
        this.document = addresses.moved(usual).getBytes(StandardCharsets.UTF_8);
        this.answers = answers;
    }

    @Bean
    RouterFunction<ServerResponse> description() {
        return RouterFunctions.route()
                .GET(
                        addresses.description(),
                        request -> {
                            var exchange = request.exchange();
                            exchange.getResponse()
                                    .getHeaders()
                                    .set(HttpHeaders.CACHE_CONTROL, "public, max-age=300");
                            return answers.write(exchange, 200, ApiDocument.MEDIA_TYPE, document)
                                    .then(Mono.empty());
                        })
                .build();
    }
}
