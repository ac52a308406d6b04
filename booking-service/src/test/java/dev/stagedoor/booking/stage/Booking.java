package dev.stagedoor.booking.stage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.booking.BookingApplication;
import dev.stagedoor.booking.catalogue.Concert;
import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.catalogue.Staging;
import dev.stagedoor.booking.catalogue.Staging.Terms;
import dev.stagedoor.common.AccessTokens;
import dev.stagedoor.common.Bearer;
import dev.stagedoor.common.Pass;
import dev.stagedoor.common.Passes;
import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.SigningKey;
import dev.stagedoor.common.UserId;
import dev.stagedoor.devservices.Database;
import dev.stagedoor.devservices.DevServices;
import dev.stagedoor.devservices.FreePort;

import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.http.client.ReactorResourceFactory;

import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** A booking service that runs, and what a test needs to get at it. */
public final class Booking extends PastTheService implements AutoCloseable {

    private static final SigningKey PASS_KEY = SigningKey.random("pass");
    private static final SigningKey ACCESS_KEY = SigningKey.random("access");

    private final ConfigurableApplicationContext context;

    /** None is used that the service may be about to close, as nothing happened on it for long. */
    private static final ConnectionProvider CONNECTIONS =
            ConnectionProvider.builder("test")
                    .maxConnections(1_100)
                    .maxIdleTime(Duration.ofSeconds(30))
                    .build();

    private final int port;
    private final int managementPort;
    private final Passes passes = new Passes(List.of(PASS_KEY), InstantSource.system());
    private final HttpClient http;

    private Booking(String redisUrl, Database database, String... settings) {
        super(database);
        this.port = FreePort.find();
        this.managementPort = List.of(settings).contains(MANAGED) ? FreePort.find() : -1;
        List<String> arguments = new ArrayList<>();
        arguments.add("--stagedoor.booking.port=" + port);
        arguments.add("--stagedoor.booking.management-port=" + managementPort);
        arguments.add("--stagedoor.keys.pass=" + PASS_KEY.encoded());
        arguments.add("--stagedoor.keys.access=" + ACCESS_KEY.encoded());
        arguments.add("--stagedoor.admin.password=" + ADMIN_PASSWORD);
        arguments.add("--stagedoor.booking.password-cost=7");
        arguments.add("--stagedoor.booking.sweeper.grace=0s");
        if (redisUrl != null && Arrays.stream(settings).noneMatch(Booking::namesRedis)) {
            arguments.add("--spring.data.redis.url=" + redisUrl);
        }
        if (Arrays.stream(settings).noneMatch(it -> it.startsWith("--spring.r2dbc.url="))) {
            arguments.add("--spring.r2dbc.url=" + database.r2dbcUrl());
            arguments.add("--spring.flyway.url=" + database.jdbcUrl());
        }
        arguments.add("--spring.r2dbc.username=" + database.user());
        arguments.add("--spring.r2dbc.password=" + database.password());
        arguments.add("--spring.flyway.user=" + database.user());
        arguments.add("--spring.flyway.password=" + database.password());
        arguments.add("--stagedoor.rehearsal=false");
        Arrays.stream(settings).filter(it -> !it.equals(MANAGED)).forEach(arguments::add);
        this.context =
                BookingApplication.builder()
                        .properties("stagedoor.booking.sweeper.interval=1h")
                        .initializers(Booking::keepEventLoops, Booking::letTimeStandStill)
                        .run(arguments.toArray(String[]::new));
        this.http =
                HttpClient.create(CONNECTIONS)
                        .baseUrl("http://127.0.0.1:" + port)
                        .responseTimeout(Duration.ofSeconds(30));
    }

    public static final String ADMIN_PASSWORD = "let me run it";

    /** With the port of operators as well: a server more, which most tests do without. */
    public static final String MANAGED = "managed";

    private static boolean namesRedis(String setting) {
        return setting.startsWith("--spring.data.redis.") || setting.contains(".lock.redisson=");
    }

    /** All instances of this JVM share the event loops: the end of one must not end them. */
    public static void keepEventLoops(ConfigurableApplicationContext context) {
        ((GenericApplicationContext) context)
                .registerBean(ReactorResourceFactory.class, EternalEventLoops::new);
    }

    /** For whoever guesses passwords: a test need not be quick to be told to wait. */
    private static void letTimeStandStill(ConfigurableApplicationContext context) {
        InstantSource clock = InstantSource.fixed(Instant.now());
        ((GenericApplicationContext) context).registerBean(InstantSource.class, () -> clock);
    }

    private static final class EternalEventLoops extends ReactorResourceFactory {
        @Override
        public void stop() {}

        @Override
        public void destroy() {}
    }

    /** The one that most tests share. */
    public static Booking shared() {
        return Shared.BOOKING;
    }

    /** Beside it, on the same servers: a second instance for whoever only needs one. */
    public static Booking beside() {
        return Beside.BOOKING;
    }

    public static Booking start(String redisUrl, Database database, String... settings) {
        return new Booking(redisUrl, database, settings);
    }

    /**
     * It waits longer for connections, rows and locks than the moment after which a service says
     * that it is busy, or does without: answers must not depend on how busy the machine of the test
     * is.
     */
    public static Booking patient(String redisUrl, Database database, String... settings) {
        List<String> all = new ArrayList<>(List.of(settings));
        all.add("--spring.r2dbc.pool.max-acquire-time=10s");
        all.add("--spring.r2dbc.pool.max-create-connection-time=10s");
        all.add("--stagedoor.booking.database.lock-timeout=8s");
        all.add("--stagedoor.booking.database.statement-timeout=9s");
        all.add("--stagedoor.booking.lock.lease=10s");
        if (Arrays.stream(settings).noneMatch(it -> namesRedis(it) || it.contains(".lock."))) {
            all.add("--stagedoor.booking.lock.timeout=9s");
        }
        return start(redisUrl, database, all.toArray(String[]::new));
    }

    /** Another patient one, on the shared servers. */
    public static Booking another(String... settings) {
        return patient(DevServices.redisUrl(), DevServices.database(), settings);
    }

    public ConfigurableApplicationContext context() {
        return context;
    }

    public <T> T bean(Class<T> type) {
        return context.getBean(type);
    }

    public int port() {
        return port;
    }

    public int managementPort() {
        return managementPort;
    }

    /** Somebody who has registered and whom the gateway has let in. */
    public Visitor visitor() {
        Answered registered = stranger().post("/api/v1/users", "{\"name\":\"Kim\"}");
        return visitor(UserId.parse(registered.text("userId")).orElseThrow());
    }

    /** Nobody if registering does not work at the moment. */
    public Visitor visitorOrNull() {
        Answered registered = stranger().post("/api/v1/users", "{\"name\":\"Kim\"}");
        return registered.status() == 201
                ? visitor(UserId.parse(registered.text("userId")).orElseThrow())
                : null;
    }

    public Visitor visitor(UserId user) {
        return new Visitor(http, user, () -> pass(user));
    }

    /**
     * Somebody whom the gateway knows by an access token.
     *
     * @param sequence of the ticket; 0 for whoever has none, where to have signed in is enough
     */
    public Visitor visitor(String accessToken, long sequence) {
        Bearer bearer =
                new AccessTokens(List.of(ACCESS_KEY), InstantSource.system())
                        .verify(accessToken)
                        .orElseThrow();
        Pass pass = new Pass(bearer.user(), new RoomId("main"), sequence, bearer.signIn());
        return new Visitor(http, bearer.user(), () -> passes.sign(pass));
    }

    /** As one signed it so long ago. */
    public String accessToken(String like, Duration ago) {
        AccessTokens then = new AccessTokens(List.of(ACCESS_KEY), () -> Instant.now().minus(ago));
        AccessTokens now = new AccessTokens(List.of(ACCESS_KEY), InstantSource.system());
        return then.sign(now.verifyFormer(like).orElseThrow());
    }

    /** Somebody who comes round the gateway. */
    public Visitor stranger() {
        return new Visitor(http, UserId.random(), () -> null);
    }

    /** Somebody at the management port. */
    public Visitor atManagement() {
        assertThat(managementPort).as("whoever has a look there is " + MANAGED).isPositive();
        return new Visitor(
                http.baseUrl("http://127.0.0.1:" + managementPort), UserId.random(), () -> null);
    }

    public String pass(UserId user) {
        return passes.sign(new Pass(user, new RoomId("main"), 1));
    }

    public String passAt(UserId user, Instant signed) {
        return new Passes(List.of(PASS_KEY), () -> signed)
                .sign(new Pass(user, new RoomId("main"), 1));
    }

    public String accessToken(Visitor visitor) {
        return new AccessTokens(List.of(ACCESS_KEY), InstantSource.system())
                .sign(new Bearer(visitor.user(), null));
    }

    /** Many at once, past the service. */
    public void register(List<UserId> users) {
        String ids =
                users.stream()
                        .map(user -> user.uuid().toString())
                        .collect(java.util.stream.Collectors.joining(",", "{", "}"));
        sql(
                """
                WITH added AS (
                    INSERT INTO users (id, name) SELECT unnest(?::uuid[]), 'Kim' RETURNING id)
                INSERT INTO account (user_id) SELECT id FROM added
                """,
                ids);
    }

    /** A new schedule with 50 seats at 50,000 each, on sale. */
    public ScheduleId schedule() {
        return schedule(50, 4);
    }

    public ScheduleId schedule(int seats, int seatsPerUser) {
        Instant now = Instant.now();
        return schedule(
                new Terms(
                        now.plus(Duration.ofDays(7)),
                        now.minus(Duration.ofHours(1)),
                        now.plus(Duration.ofDays(6)),
                        seats,
                        seatsPerUser,
                        50_000,
                        null,
                        Map.of()));
    }

    public ScheduleId schedule(Terms terms) {
        return bean(Staging.class).schedule(concert().concertId(), terms).block();
    }

    public Concert concert() {
        return bean(Staging.class).concert("Title", "Artist", "Venue", "Asia/Seoul").block();
    }

    @Override
    public void close() {
        context.close();
    }

    private static final class Shared {
        static final Booking BOOKING = another(MANAGED);
    }

    private static final class Beside {
        static final Booking BOOKING = another();
    }
}
