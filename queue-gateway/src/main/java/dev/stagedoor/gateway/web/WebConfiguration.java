package dev.stagedoor.gateway.web;

import dev.stagedoor.common.OneAtATime;
import dev.stagedoor.common.Passes;
import dev.stagedoor.gateway.access.Gate;
import dev.stagedoor.gateway.access.QueueTokens;
import dev.stagedoor.gateway.forward.AnswerTrailers;
import dev.stagedoor.gateway.forward.RequestTrailers;
import dev.stagedoor.gateway.forward.TrustedProxies;
import dev.stagedoor.gateway.forward.UpstreamForwarder;
import dev.stagedoor.gateway.identity.Identities;
import dev.stagedoor.gateway.meters.GatewayMeters;
import dev.stagedoor.gateway.waitingroom.Rooms;
import dev.stagedoor.gateway.waitingroom.Timings;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.server.WebFilter;

import reactor.netty.http.server.HttpServer;

/** Puts the HTTP side together. */
@Configuration(proxyBeanMethods = false)
class WebConfiguration {

    private final Answers answers;
    private final PageFiles files;
    private final Pages pages;

    WebConfiguration(GatewayMeters meters) {
        this.answers = new Answers(meters);
        this.files = new PageFiles(answers);
        this.pages = new Pages(answers, files);
    }

    @Bean
    Credentials credentials(TrustedProxies proxies) {
        return new Credentials(proxies);
    }

    @Bean
    Applicants applicants(Credentials credentials, QueueTokens queueTokens, Identities identities) {
        return new Applicants(credentials, queueTokens, identities);
    }

    @Bean
    Joining joining(
            QueueTokens queueTokens,
            Applicants applicants,
            Credentials credentials,
            GatewayMeters meters) {
        return new Joining(queueTokens, applicants, credentials, meters);
    }

    @Bean
    WaitingPage waitingPage(
            Joining joining, Credentials credentials, GatewayProperties properties) {
        return new WaitingPage(answers, joining, credentials, pages, properties);
    }

    @Bean
    QueueCalls queueCalls(
            Rooms rooms,
            QueueTokens queueTokens,
            Joining joining,
            Credentials credentials,
            GatewayProperties properties,
            GatewayMeters meters) {
        return new QueueCalls(
                rooms, queueTokens, joining, credentials, answers, properties, meters);
    }

    @Bean
    QueueEvents queueEvents(
            Rooms rooms,
            QueueTokens queueTokens,
            Credentials credentials,
            QueueCalls calls,
            Timings timings) {
        return new QueueEvents(rooms, queueTokens, credentials, answers, calls, timings);
    }

    @Bean
    RouterFunction<ServerResponse> queueRoutes(
            QueueCalls calls,
            QueueEvents events,
            Rooms rooms,
            Applicants applicants,
            WaitingPage page) {
        PageForms forms = new PageForms(rooms, applicants, page, answers);
        return new QueueRoutes(
                        calls, events, new RoomDocuments(answers), forms, files, answers, rooms)
                .routes();
    }

    @Bean
    RouterFunction<ServerResponse> apiRoute() {
        return new ApiRoute(answers).route();
    }

    @Bean
    @Order(Ordered.HIGHEST_PRECEDENCE + 1)
    FrontDoor frontDoor(
            ApplicationContext context,
            Rooms rooms,
            Applicants applicants,
            Gate gate,
            Passage passage,
            QueueCalls queue,
            WaitingPage page,
            GatewayProperties properties,
            GatewayMeters meters) {
        return new FrontDoor(
                context,
                new RoomPaths(rooms),
                applicants,
                gate,
                passage,
                queue,
                page,
                answers,
                properties,
                meters);
    }

    @Bean
    Passage passage(UpstreamForwarder upstream, Passes passes, GatewayMeters meters) {
        return new Passage(upstream, passes, meters);
    }

    @Bean
    ExpressLane expressLane(
            Rooms rooms,
            QueueTokens tokens,
            Gate gate,
            QueueCalls queue,
            Passage passage,
            ObjectProvider<HttpHandler> framework) {
        return new ExpressLane(
                new RoomPaths(rooms),
                rooms,
                tokens,
                gate,
                queue,
                passage,
                answers,
                framework::getObject);
    }

    @Bean
    UnhandledProblems unhandledProblems() {
        return new UnhandledProblems(answers);
    }

    @Bean
    NettyServerCustomizer connections(GatewayProperties properties) {
        return server ->
                AnswerTrailers.on(
                        RequestTrailers.on(
                                FaultyRequests.refused(
                                        OneAtATime.on(withoutTheSlow(server, properties)),
                                        answers)));
    }

    private static HttpServer withoutTheSlow(HttpServer server, GatewayProperties properties) {
        HttpServer reading =
                SlowRequests.bounded(server, properties.readTimeout(), properties.requestTimeout());
        return SlowReaders.bounded(reading, properties.writeTimeout());
    }

    /**
     * Comes before the front door, which knows nothing of origins. Where none is listed, the
     * question of a browser is a request like any other.
     */
    @Bean
    @Order(Ordered.HIGHEST_PRECEDENCE)
    WebFilter cors(GatewayProperties properties, Credentials credentials) {
        return properties.corsOrigins().isEmpty()
                ? (exchange, chain) -> chain.filter(exchange)
                : new Origins(properties.corsOrigins(), credentials);
    }
}
