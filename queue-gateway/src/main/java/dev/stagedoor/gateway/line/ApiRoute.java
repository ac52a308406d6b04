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

/** Describes the calls of the queue to programs. */
@Configuration(proxyBeanMethods = false)
class ApiRoute {

    static final String PATH = QueueRoutes.PREFIX + "openapi.json";

    private final byte[] document = ApiDocument.beside(ApiRoute.class, "openapi.yaml");
    private final Answers answers;

    public ApiRoute(Answers answers) {
        this.answers = answers;
    }

    @Bean
    RouterFunction<ServerResponse> description() {
        return RouterFunctions.route()
                .GET(
                        PATH,
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
