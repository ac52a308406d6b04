package dev.stagedoor.boot;

import dev.stagedoor.common.Headers;
import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.ProblemDocuments;
import dev.stagedoor.common.TraceId;

import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.MethodParameter;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.reactive.BindingContext;
import org.springframework.web.reactive.config.WebFluxConfigurer;
import org.springframework.web.reactive.result.method.HandlerMethodArgumentResolver;
import org.springframework.web.reactive.result.method.annotation.ArgumentResolverConfigurer;
import org.springframework.web.server.MissingRequestValueException;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;

import reactor.core.publisher.Mono;

import java.util.List;

/** The guard of an application of WebFlux. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
@ConditionalOnClass(WebFluxConfigurer.class)
class WebFluxGuard {

    @Bean
    PassWebFilter passFilter(PassGuard guard, WebFluxRefusal refusal) {
        return new PassWebFilter(guard, refusal);
    }

    @Bean
    @ConditionalOnMissingBean
    WebFluxRefusal refusal() {
        ProblemDocuments documents = new ProblemDocuments();
        return (exchange, code) -> refuse(exchange, documents, code);
    }

    @Bean
    WebFluxConfigurer visitorArguments() {
        return new WebFluxConfigurer() {
            @Override
            public void configureArgumentResolvers(ArgumentResolverConfigurer resolvers) {
                resolvers.addCustomResolver(new Arguments());
            }
        };
    }

    /** A management port of its own sees this filter too. */
    @Order(Ordered.HIGHEST_PRECEDENCE + 1)
    record PassWebFilter(PassGuard guard, WebFluxRefusal refusal) implements WebFilter {

        @Override
        public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
            if (WebServerApplicationContext.hasServerNamespace(
                    exchange.getApplicationContext(), "management")) {
                return chain.filter(exchange);
            }
            ServerHttpRequest request = exchange.getRequest();
            List<String> shown = request.getHeaders().getOrEmpty(Headers.PASS);
            String path = request.getPath().pathWithinApplication().value();
            return switch (guard.check(request.getMethod().name(), path, shown)) {
                case PassGuard.Verdict.Open _ -> chain.filter(exchange);
                case PassGuard.Verdict.Vouched(Visitor visitor) -> {
                    exchange.getAttributes().put(Visitor.ATTRIBUTE, visitor);
                    yield chain.filter(exchange);
                }
                case PassGuard.Verdict.Refused(ProblemCode code) -> refusal.refuse(exchange, code);
            };
        }
    }

    private static Mono<Void> refuse(
            ServerWebExchange exchange, ProblemDocuments documents, ProblemCode code) {
        ServerHttpRequest request = exchange.getRequest();
        ServerHttpResponse response = exchange.getResponse();
        Problem problem = Problem.of(code);
        byte[] body =
                documents.write(
                        problem,
                        request.getHeaders().getFirst(HttpHeaders.ACCEPT_LANGUAGE),
                        request.getPath().value(),
                        TraceId.of(request.getHeaders().getFirst(TraceId.HEADER)));
        response.setStatusCode(HttpStatusCode.valueOf(problem.status()));
        response.getHeaders().set(HttpHeaders.CONTENT_TYPE, ProblemDocuments.MEDIA_TYPE);
        response.getHeaders().setContentLength(body.length);
        response.getHeaders().setCacheControl("no-store");
        response.getHeaders().set(HttpHeaders.WWW_AUTHENTICATE, problem.challenge());
        return response.writeWith(Mono.fromSupplier(() -> response.bufferFactory().wrap(body)));
    }

    private static final class Arguments implements HandlerMethodArgumentResolver {

        @Override
        public boolean supportsParameter(MethodParameter parameter) {
            return parameter.getParameterType() == Visitor.class
                    || parameter.getParameterType() == QueueSession.class;
        }

        @Override
        public Mono<Object> resolveArgument(
                MethodParameter parameter, BindingContext context, ServerWebExchange exchange) {
            if (parameter.getParameterType() == QueueSession.class) {
                ServerHttpResponse answer = exchange.getResponse();
                return Mono.just(
                        new QueueSession(
                                (name, value) ->
                                        answer.beforeCommit(() -> tell(answer, name, value))));
            }
            Object visitor = exchange.getAttribute(Visitor.ATTRIBUTE);
            return visitor == null
                    ? Mono.error(
                            new MissingRequestValueException(
                                    "visitor", Visitor.class, "pass", parameter))
                    : Mono.just(visitor);
        }

        /** An answer that has become an error says nothing of the visit. */
        private static Mono<Void> tell(ServerHttpResponse answer, String name, String value) {
            HttpStatusCode status = answer.getStatusCode();
            if (status == null || !status.isError()) {
                answer.getHeaders().set(name, value);
            }
            return Mono.empty();
        }
    }
}
