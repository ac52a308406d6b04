package dev.stagedoor.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stagedoor.common.Headers;
import dev.stagedoor.common.Pass;
import dev.stagedoor.common.Passes;
import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.SigningKey;
import dev.stagedoor.common.UserId;

import jakarta.servlet.Filter;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.http.HttpStatus;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.MockFilterChain;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.mock.web.server.MockServerWebExchange;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

import reactor.core.publisher.Mono;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** A small shop of each kind, with the starter as its only protection. */
class GuardedApplicationTests {

    private static final SigningKey KEY = SigningKey.random("pass");
    private static final UserId ADA = UserId.random();
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final List<String> API = List.of("/api/**");
    private static final PassGuard.Verdict OPEN = new PassGuard.Verdict.Open();
    private static final Map<Kind, ConfigurableApplicationContext> RUNNING =
            new EnumMap<>(Kind.class);

    enum Kind {
        SERVLET,
        REACTIVE;

        URI at(String path) {
            return at("local.server.port", path);
        }

        URI atManagement(String path) {
            return at("local.management.port", path);
        }

        private URI at(String port, String path) {
            return URI.create(
                    "http://127.0.0.1:"
                            + RUNNING.computeIfAbsent(this, GuardedApplicationTests::start)
                                    .getEnvironment()
                                    .getProperty(port)
                            + path);
        }
    }

    @SpringBootConfiguration
    @EnableAutoConfiguration
    @RestController
    static class Shop {

        @GetMapping({"/seats", "/open/seats"})
        String seats() {
            return "seats";
        }

        @GetMapping("/me")
        String me(Visitor visitor) {
            return visitor.user() + " in " + visitor.room() + " as " + visitor.sequence();
        }

        @GetMapping("/open/me")
        String nobody(Visitor visitor) {
            return "never " + visitor;
        }

        @PostMapping("/orders")
        String buy(Visitor visitor, QueueSession session) {
            session.complete();
            return "bought";
        }

        @PostMapping("/lost")
        String fail(QueueSession session) {
            session.complete();
            throw new IllegalStateException("not paid after all");
        }

        @PostMapping("/declined")
        String decline(QueueSession session) {
            session.complete();
            throw new ResponseStatusException(HttpStatus.CONFLICT);
        }

        @PostMapping("/longer")
        String stay(QueueSession session) {
            session.extend(Duration.ofMinutes(10));
            return "stay";
        }
    }

    private static ConfigurableApplicationContext start(Kind kind) {
        return new SpringApplicationBuilder(Shop.class)
                .web(WebApplicationType.valueOf(kind.name()))
                .run(
                        "--server.port=0",
                        "--management.server.port=0",
                        // Of the servers of both kinds that are here either may serve that port.
                        "--spring.main.allow-bean-definition-overriding=true",
                        "--spring.main.banner-mode=off",
                        "--logging.level.root=off",
                        "--stagedoor.keys.pass=" + KEY.encoded(),
                        "--stagedoor.pass.open-paths=GET /open/**",
                        "--stagedoor.pass.rooms=main");
    }

    @AfterAll
    static void close() {
        RUNNING.values().forEach(ConfigurableApplicationContext::close);
        RUNNING.clear();
    }

    @ParameterizedTest
    @EnumSource
    void whoHasComeThroughTheLineIsAVisitor(Kind kind) throws Exception {
        HttpResponse<String> answer = get(kind, "/me", pass(KEY, "main", Instant.now()));

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo(ADA + " in main as 7");
    }

    @ParameterizedTest
    @EnumSource
    void whoHasNotIsRefused(Kind kind) throws Exception {
        HttpResponse<String> answer = get(kind, "/seats", null);

        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(answer.headers().firstValue("Content-Type").orElseThrow())
                .startsWith("application/problem+json");
        assertThat(answer.headers().firstValue("Cache-Control")).contains("no-store");
        assertThat(answer.headers().firstValue("WWW-Authenticate")).contains("Stagedoor-Pass");
        assertThat(answer.body()).contains("\"code\":\"pass-required\"");
    }

    /** Nobody comes there by the gateway, and who looks after the application has no pass. */
    @ParameterizedTest
    @EnumSource
    void aManagementPortOfItsOwnIsNotBehindTheLine(Kind kind) throws Exception {
        HttpRequest health = HttpRequest.newBuilder(kind.atManagement("/actuator/health")).build();

        assertThat(CLIENT.send(health, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
        assertThat(get(kind, "/actuator/health", null).statusCode()).isEqualTo(401);
    }

    @ParameterizedTest
    @EnumSource
    void forgedExpiredAndForeignPassesAreRefused(Kind kind) throws Exception {
        Instant now = Instant.now();
        String altered = pass(KEY, "main", now).replaceFirst("\\..", ".A");

        for (String bad :
                List.of(
                        pass(SigningKey.random("pass"), "main", now),
                        pass(KEY, "main", now.minusSeconds(61)),
                        pass(KEY, "main", now.plusSeconds(120)),
                        pass(KEY, "other", now),
                        altered,
                        "x",
                        "")) {
            HttpResponse<String> answer = get(kind, "/me", bad);

            assertThat(answer.statusCode()).as(bad).isEqualTo(401);
            assertThat(answer.body()).contains("\"code\":\"pass-invalid\"");
        }
    }

    @ParameterizedTest
    @EnumSource
    void twoPassesAreNone(Kind kind) throws Exception {
        String good = pass(KEY, "main", Instant.now());
        HttpRequest request =
                HttpRequest.newBuilder(kind.at("/me"))
                        .header(Headers.PASS, good)
                        .header(Headers.PASS, good)
                        .build();

        assertThat(CLIENT.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(401);
    }

    @ParameterizedTest
    @EnumSource
    void openPathsAreOpenAndNothingElseIsByThem(Kind kind) throws Exception {
        assertThat(get(kind, "/open/seats", null).statusCode()).isEqualTo(200);
        assertThat(get(kind, "/open/me", null).statusCode()).isEqualTo(400);
        assertThat(send(kind, "HEAD", "/open/seats", null).statusCode()).isEqualTo(200);
        assertThat(send(kind, "POST", "/open/seats", null).statusCode()).isEqualTo(401);
        for (String way :
                List.of(
                        "/open/../seats",
                        "/open/%2e%2e/seats",
                        "/open/..;/seats",
                        "/open//../seats",
                        "/open/%2e%2e%2fseats",
                        "/%73eats",
                        "/seats;/open/seats",
                        "/seats/")) {
            assertThat(get(kind, way, null).statusCode()).as(way).isBetween(400, 401);
        }
    }

    @ParameterizedTest
    @EnumSource
    void theApplicationEndsAndLengthensTheVisit(Kind kind) throws Exception {
        String pass = pass(KEY, "main", Instant.now());

        assertThat(send(kind, "POST", "/orders", pass).headers().firstValue(Headers.SESSION))
                .contains("complete");
        assertThat(send(kind, "POST", "/longer", pass).headers().firstValue(Headers.SESSION))
                .contains("extend=600");
        assertThat(get(kind, "/seats", pass).headers().firstValue(Headers.SESSION)).isEmpty();
    }

    /** Whoever buys goes on: what a transaction has undone ends no visit. */
    @ParameterizedTest
    @EnumSource
    void whatFailsAfterAllEndsNoVisit(Kind kind) throws Exception {
        String pass = pass(KEY, "main", Instant.now());

        for (String path : List.of("/lost", "/declined")) {
            HttpResponse<String> answer = send(kind, "POST", path, pass);

            assertThat(answer.statusCode()).isGreaterThanOrEqualTo(400);
            assertThat(answer.headers().firstValue(Headers.SESSION)).as(path).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void withoutAKeyItDoesNotStart(Kind kind) {
        assertThatThrownBy(
                        () ->
                                new SpringApplicationBuilder(Shop.class)
                                        .web(WebApplicationType.valueOf(kind.name()))
                                        .run("--server.port=0", "--logging.level.root=off"))
                .hasStackTraceContaining("stagedoor.keys.pass is missing");
    }

    /** Servlets and filters of one's own, or another framework on top of them. */
    @Test
    void anApplicationOfServletsIsGuardedWithoutSpringMvcToo() {
        new WebApplicationContextRunner()
                .withClassLoader(new FilteredClassLoader("org.springframework.web.servlet"))
                .withConfiguration(AutoConfigurations.of(StagedoorAutoConfiguration.class))
                .withPropertyValues("stagedoor.keys.pass=" + KEY.encoded())
                .run(context -> assertThat(context).hasSingleBean(Filter.class));
    }

    @Test
    void guardsThePathsThatItIsToldAndNoOtherMethodOfAnOpenOne() {
        PassGuard guard = guard(new PassProperties(API, List.of("POST /api/hook"), List.of()));
        String anyRoom = pass(KEY, "other", Instant.now());

        assertThat(guard.check("GET", "/news", List.of())).isEqualTo(OPEN);
        assertThat(guard.check("POST", "/api/hook", List.of())).isEqualTo(OPEN);
        assertThat(guard.check("HEAD", "/api/hook", List.of())).isNotEqualTo(OPEN);
        assertThat(guard.check("GET", "/api/seats", List.of(anyRoom)))
                .isInstanceOf(PassGuard.Verdict.Vouched.class);
        assertThatThrownBy(() -> guard(new PassProperties(API, List.of("GET /a /b"), List.of())))
                .hasMessageContaining("METHOD pattern");
        assertThatThrownBy(() -> new PassProperties(API, List.of(), List.of("No room")))
                .hasMessageContaining("names no room");
    }

    /** What the gateway does not understand would be lost without a word. */
    @ParameterizedTest
    @ValueSource(longs = {-1_000, 0, 999, 100_000_000})
    void noVisitIsExtendedByWhatTheGatewayDoesNotUnderstand(long millis) {
        QueueSession session = new QueueSession((_, _) -> {});

        assertThatThrownBy(() -> session.extend(Duration.ofMillis(millis)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void pathsAreThoseWithinTheApplication() throws Exception {
        PassGuard guard = guard(new PassProperties(API, List.of(), List.of()));
        var request = new MockHttpServletRequest("GET", "/shop/api/seats");
        request.setContextPath("/shop");
        var answer = new MockHttpServletResponse();
        var exchange =
                MockServerWebExchange.from(
                        MockServerHttpRequest.get("/shop/api/seats").contextPath("/shop"));

        new ServletGuard.PassServletFilter(guard).doFilter(request, answer, new MockFilterChain());
        new WebFluxGuard.PassWebFilter(guard, new WebFluxGuard().refusal())
                .filter(exchange, _ -> Mono.empty())
                .block();

        assertThat(answer.getStatus()).isEqualTo(401);
        assertThat(exchange.getResponse().getStatusCode()).isEqualTo(HttpStatus.UNAUTHORIZED);
    }

    /** Jetty names the context as it is called, and not as it was asked for. */
    @Test
    void aContextThatIsSpeltInAnotherWayOpensNothing() throws Exception {
        PassGuard guard = guard(new PassProperties(API, List.of(), List.of()));
        var request = new MockHttpServletRequest("GET", "/%61/b/api/seats");
        request.setContextPath("/a/b");
        var answer = new MockHttpServletResponse();
        var chain = new MockFilterChain();

        new ServletGuard.PassServletFilter(guard).doFilter(request, answer, chain);

        assertThat(chain.getRequest()).isNull();
        assertThat(answer.getStatus()).isEqualTo(400);
    }

    @Test
    void editorsKnowTheProperties() throws Exception {
        try (var metadata =
                PassGuard.class.getResourceAsStream(
                        "/META-INF/spring-configuration-metadata.json")) {
            assertThat(metadata).isNotNull();
            assertThat(new String(metadata.readAllBytes()))
                    .contains("stagedoor.keys.pass", "stagedoor.pass.paths")
                    .contains("stagedoor.pass.open-paths", "stagedoor.pass.rooms");
        }
    }

    private static PassGuard guard(PassProperties properties) {
        return new PassGuard(new Passes(List.of(KEY), InstantSource.system()), properties);
    }

    private static String pass(SigningKey key, String room, Instant signed) {
        return new Passes(List.of(key), () -> signed).sign(new Pass(ADA, new RoomId(room), 7));
    }

    private static HttpResponse<String> get(Kind kind, String path, @Nullable String pass)
            throws Exception {
        return send(kind, "GET", path, pass);
    }

    private static HttpResponse<String> send(
            Kind kind, String method, String path, @Nullable String pass) throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(kind.at(path))
                        .method(method, HttpRequest.BodyPublishers.noBody());
        if (pass != null) {
            request.header(Headers.PASS, pass);
        }
        return CLIENT.send(request.build(), BodyHandlers.ofString());
    }
}
