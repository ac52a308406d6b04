package dev.stagedoor.gateway;

import dev.stagedoor.common.Passes;
import dev.stagedoor.gateway.answer.Answers;
import dev.stagedoor.gateway.answer.UnhandledProblems;
import dev.stagedoor.gateway.connection.Connections;
import dev.stagedoor.gateway.door.Admitting;
import dev.stagedoor.gateway.door.NettyDoor;
import dev.stagedoor.gateway.door.Origins;
import dev.stagedoor.gateway.door.SpringDoor;
import dev.stagedoor.gateway.forward.TrustedProxies;
import dev.stagedoor.gateway.forward.UpstreamForwarder;
import dev.stagedoor.gateway.gate.Gate;
import dev.stagedoor.gateway.gate.RoomPaths;
import dev.stagedoor.gateway.line.ApiRoute;
import dev.stagedoor.gateway.line.Joining;
import dev.stagedoor.gateway.line.QueueCalls;
import dev.stagedoor.gateway.line.QueueEvents;
import dev.stagedoor.gateway.line.QueueRoutes;
import dev.stagedoor.gateway.line.RoomDocuments;
import dev.stagedoor.gateway.meters.GatewayMeters;
import dev.stagedoor.gateway.page.PageFiles;
import dev.stagedoor.gateway.page.PageForms;
import dev.stagedoor.gateway.page.PageRoutes;
import dev.stagedoor.gateway.page.Pages;
import dev.stagedoor.gateway.page.WaitingPage;
import dev.stagedoor.gateway.token.QueueTokens;
import dev.stagedoor.gateway.visitor.Applicants;
import dev.stagedoor.gateway.visitor.Credentials;
import dev.stagedoor.gateway.visitor.Identities;
import dev.stagedoor.gateway.waitingroom.Timings;
import dev.stagedoor.gateway.waitingroom.room.Rooms;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.server.WebFilter;

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
            Timings timings,
            GatewayProperties properties) {
        return new QueueEvents(
                rooms, queueTokens, credentials, answers, calls, timings, properties.mostStreams());
    }

    @Bean
    RouterFunction<ServerResponse> queueRoutes(QueueCalls calls, QueueEvents events, Rooms rooms) {
        return new QueueRoutes(calls, events, new RoomDocuments(answers), answers, rooms).routes();
    }

    @Bean
    RouterFunction<ServerResponse> pageRoutes(
            Rooms rooms, Applicants applicants, WaitingPage page) {
        PageForms forms = new PageForms(rooms, applicants, page, answers);
        return new PageRoutes(forms, files, answers).routes();
    }

    @Bean
    RouterFunction<ServerResponse> apiRoute() {
        return new ApiRoute(answers).route();
    }

    @Bean
    @Order(Ordered.HIGHEST_PRECEDENCE + 1)
    SpringDoor frontDoor(
            ApplicationContext context,
            Rooms rooms,
            Applicants applicants,
            Gate gate,
            Admitting passage,
            QueueCalls queue,
            WaitingPage page,
            GatewayProperties properties,
            GatewayMeters meters) {
        return new SpringDoor(
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
    Admitting passage(UpstreamForwarder upstream, Passes passes, GatewayMeters meters) {
        return new Admitting(upstream, passes, meters);
    }

    @Bean
    NettyDoor expressLane(
            Rooms rooms,
            QueueTokens tokens,
            Gate gate,
            QueueCalls queue,
            Admitting passage,
            ObjectProvider<HttpHandler> framework) {
        return new NettyDoor(
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
    Connections connections(GatewayProperties properties) {
        return new Connections(properties, answers);
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
                : new Origins(properties.corsOrigins(), credentials, answers);
    }
}
