package dev.stagedoor.gateway;

import dev.stagedoor.common.SigningKey;
import dev.stagedoor.gateway.token.QueueTokens;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.Timings;
import dev.stagedoor.gateway.waitingroom.room.Rooms;

import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;

import reactor.util.retry.Retry;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Starts gateways for tests: as many as wanted, on free ports, in front of the same Redis. */
public final class Gateways {

    public static final SigningKey QUEUE_KEY = SigningKey.random("queue-1");
    public static final SigningKey PASS_KEY = SigningKey.random("pass-1");
    public static final SigningKey ACCESS_KEY = SigningKey.random("access-1");

    /** A setting of its own for a gateway that knows other keys. */
    public static final String QUEUE_KEYS = "stagedoor.keys.queue=";

    /** With the port of operators as well: a server more, which most tests do without. */
    public static final String MANAGED = "stagedoor.gateway.management-port=0";

    private static final String UNMANAGED = "stagedoor.gateway.management-port=-1";
    private static final String OPERATORS = "stagedoor.ops.";

    /** What is made on one gateway is soon known to the others. */
    public static final Timings WELL_INFORMED =
            new Timings(
                    Timings.USUAL.viewLasts(),
                    Duration.ofMillis(200),
                    Timings.USUAL.longestSilence(),
                    Duration.ofSeconds(4));

    /** As an operator does, if a busy machine lets Redis look slow. */
    public static final Retry AGAIN =
            Retry.fixedDelay(10, Duration.ofMillis(300)).filter(LineUnavailable.class::isInstance);

    static final Timings PATIENT =
            new Timings(
                    Timings.USUAL.viewLasts(),
                    Timings.USUAL.exchangeEvery(),
                    Timings.USUAL.longestSilence(),
                    WELL_INFORMED.redisDeadline());

    /** A setting of its own for a gateway that gives each client a share: all tests are one. */
    public static final String UNLIMITED = "stagedoor.gateway.unlimited-addresses=";

    /** Rehearses before it is ready, as nothing but a test of that needs. */
    public static final String REHEARSED = "stagedoor.rehearsal=true";

    /**
     * All tests of what is answered before the server hold without that, too: -DwithoutLane=true.
     */
    public static final String WITHOUT_LANE = "withoutLane";

    private static final String PORT = "stagedoor.gateway.port=";

    private Gateways() {}

    /**
     * A running gateway; settings as on the command line, without the dashes. It waits for Redis
     * longer than usual: on a busy machine the usual deadline would make outages of its own.
     */
    public static ConfigurableApplicationContext startOn(
            String redisUrl, String upstream, String... settings) {
        return startOn(PATIENT, redisUrl, upstream, settings);
    }

    /** The same with other timings than the usual ones. */
    public static ConfigurableApplicationContext startOn(
            Timings timings, String redisUrl, String upstream, String... settings) {
        return start(timings, "spring.data.redis.url=" + redisUrl, upstream, settings);
    }

    /** The same in front of a cluster, {@code host:port,host:port,…}. */
    public static ConfigurableApplicationContext startOnCluster(
            String nodes, String upstream, String... settings) {
        return start(Timings.USUAL, "spring.data.redis.cluster.nodes=" + nodes, upstream, settings);
    }

    /** The same with a Redis that a Sentinel names. */
    public static ConfigurableApplicationContext startOnSentinel(
            int port, String master, String upstream, String... settings) {
        List<String> all = new ArrayList<>(List.of(settings));
        all.add("spring.data.redis.sentinel.master=" + master);
        return start(
                Timings.USUAL,
                "spring.data.redis.sentinel.nodes=127.0.0.1:" + port,
                upstream,
                all.toArray(String[]::new));
    }

    private static ConfigurableApplicationContext start(
            Timings timings, String redis, String upstream, String... settings) {
        List<String> arguments = new ArrayList<>();
        arguments.add("--" + redis);
        arguments.add("--stagedoor.upstream.url=" + upstream);
        if (Stream.of(settings).noneMatch(setting -> setting.startsWith(PORT))) {
            arguments.add("--" + PORT + "0");
        }
        arguments.add(
                "--"
                        + (Stream.of(settings).anyMatch(Gateways::isForOperators)
                                ? MANAGED
                                : UNMANAGED));
        if (Stream.of(settings).noneMatch(setting -> setting.startsWith(UNLIMITED))) {
            arguments.add("--" + UNLIMITED + "127.0.0.0/8");
        }
        arguments.add("--stagedoor.gateway.recover-at-start=false");
        arguments.add("--stagedoor.rehearsal=" + List.of(settings).contains(REHEARSED));
        if (Stream.of(settings).noneMatch(setting -> setting.startsWith(QUEUE_KEYS))) {
            arguments.add("--" + QUEUE_KEYS + QUEUE_KEY.encoded());
        }
        arguments.add("--stagedoor.keys.pass=" + PASS_KEY.encoded());
        arguments.add("--stagedoor.keys.access=" + ACCESS_KEY.encoded());
        Stream.of(settings)
                .filter(setting -> !setting.equals(MANAGED) && !setting.equals(REHEARSED))
                .forEach(setting -> arguments.add("--" + setting));
        SpringApplicationBuilder gateway = GatewayApplication.builder();
        if (!timings.redisDeadline().equals(Timings.USUAL.redisDeadline())) {
            arguments.add(
                    "--spring.data.redis.timeout="
                            + timings.redisDeadline().plusSeconds(1).toSeconds()
                            + "s");
        }
        if (timings != Timings.USUAL) {
            arguments.add("--spring.main.allow-bean-definition-overriding=true");
            gateway.initializers(
                    (GenericApplicationContext context) ->
                            context.registerBean("timings", Timings.class, () -> timings));
        }
        if (Boolean.getBoolean(WITHOUT_LANE)) {
            gateway.initializers(
                    (GenericApplicationContext context) -> leaveTheServerToItself(context));
        }
        return gateway.run(arguments.toArray(String[]::new));
    }

    private static void leaveTheServerToItself(GenericApplicationContext context) {
        context.addBeanFactoryPostProcessor(
                beans ->
                        Stream.of(beans.getBeanDefinitionNames())
                                .filter(name -> name.startsWith("expressLane"))
                                .forEach(context::removeBeanDefinition));
    }

    private static boolean isForOperators(String setting) {
        return setting.equals(MANAGED) || setting.startsWith(OPERATORS);
    }

    /**
     * Whether a gateway could answer somebody without Redis: not before it has heard a tick of the
     * room, and seen those who have just come.
     */
    public static boolean isCertainOf(Visitor visitor, ConfigurableApplicationContext gateway) {
        Ticket ticket = gateway.getBean(QueueTokens.class).verify(visitor.token()).orElseThrow();
        return gateway.getBean(Rooms.class)
                .find(ticket.room())
                .flatMap(room -> room.known(ticket))
                .isPresent();
    }

    public static int port(ConfigurableApplicationContext gateway) {
        return gateway.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
    }
}
