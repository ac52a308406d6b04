package dev.stagedoor.gateway;

import dev.stagedoor.common.AccessTokens;
import dev.stagedoor.common.FreshNames;
import dev.stagedoor.common.Passes;
import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.settings.UnreadSettings;
import dev.stagedoor.common.tracing.OtlpTracing;
import dev.stagedoor.common.tracing.Tracing;
import dev.stagedoor.common.tracing.TracingProperties;
import dev.stagedoor.gateway.meters.GatewayMeters;
import dev.stagedoor.gateway.request.TrustedProxies;
import dev.stagedoor.gateway.timers.RoomTimers;
import dev.stagedoor.gateway.token.Guests;
import dev.stagedoor.gateway.token.QueueTokens;
import dev.stagedoor.gateway.visitor.Identities;
import dev.stagedoor.gateway.visitor.IdentityProperties;
import dev.stagedoor.gateway.visitor.OpenIdTokens;
import dev.stagedoor.gateway.waitingroom.Timings;
import dev.stagedoor.gateway.waitingroom.redis.Lines;
import dev.stagedoor.gateway.waitingroom.room.Rooms;
import dev.stagedoor.gateway.waitingroom.room.Rooms.Recovery;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.resource.Delay;
import io.micrometer.core.instrument.MeterRegistry;

import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.data.redis.autoconfigure.ClientResourcesBuilderCustomizer;
import org.springframework.boot.data.redis.autoconfigure.LettuceClientOptionsBuilderCustomizer;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;
import org.springframework.http.client.ReactorResourceFactory;
import org.springframework.util.Assert;

import reactor.netty.resources.LoopResources;

import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;

/** Puts together what is not HTTP. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(TracingProperties.class)
class GatewayConfiguration {

    /**
     * More commands than this under way mean that Redis is not keeping up: better to say so at
     * once.
     */
    private static final int MOST_COMMANDS_UNDER_WAY = 10_000;

    /** Nothing that an event loop does waits for anything: more of them would only take turns. */
    private static final int LOOPS = Runtime.getRuntime().availableProcessors();

    private static final Duration RECONNECT_EVERY = Duration.ofMillis(250);

    /** Of a cluster: who serves which keys. */
    private static final Duration LOOK_AGAIN_AFTER = Duration.ofMillis(500);

    private static final Duration LOOK_EVERY = Duration.ofSeconds(10);

    /** By then the server has answered whoever was under way: nobody is left to wait for. */
    private static final Duration QUIET_BEFORE_THE_END = Duration.ofMillis(100);

    /** Keys are often told to both services in one place. */
    @Bean
    static UnreadSettings unreadSettings() {
        return new UnreadSettings(
                "stagedoor.rehearsal", "stagedoor.rehearsal.only", "stagedoor.keys.ticket");
    }

    @Bean
    InstantSource clock() {
        return InstantSource.system();
    }

    @Bean
    QueueTokens queueTokens(KeyProperties keys, InstantSource clock) {
        return new QueueTokens(keys.queueKeys(), clock);
    }

    @Bean
    Guests guests(KeyProperties keys) {
        return new Guests(keys.queueKeys());
    }

    @Bean
    Identities identities(IdentityProperties identity, KeyProperties keys, InstantSource clock) {
        URI issuer = identity.issuerUri();
        return issuer == null
                ? new Identities.OwnTokens(new AccessTokens(keys.accessKeys(), clock))
                : new OpenIdTokens(issuer, identity, clock, System::nanoTime);
    }

    @Bean
    Passes passes(KeyProperties keys, InstantSource clock) {
        return new Passes(keys.passKeys(), clock);
    }

    @Bean
    Timings timings() {
        return Timings.USUAL;
    }

    @Bean
    Rooms rooms(
            ReactiveStringRedisTemplate redis,
            GatewayProperties gateway,
            Timings timings,
            SslBundles bundles,
            UnreadSettings unread,
            Environment environment) {
        RoomsProperties said = RoomsProperties.of(environment, unread.apply(BindHandler.DEFAULT));
        said.rooms().forEach((id, room) -> requireBundle(id, room.originTrust(), bundles));
        return new Rooms(
                new Lines(redis, timings.redisDeadline()),
                said.rooms(),
                said.defaults(),
                new Recovery(gateway.recoveryWindow(), gateway.recoverAtStart()),
                timings,
                gateway.pollBudget());
    }

    private static void requireBundle(RoomId room, String name, SslBundles bundles) {
        Assert.isTrue(
                name.isEmpty() || bundles.getBundleNames().contains(name),
                () ->
                        "stagedoor.rooms.%s.origin-trust must be a bundle of spring.ssl.bundle, but is %s"
                                .formatted(room, name));
    }

    @Bean
    RoomTimers admissionTimer(Rooms rooms, Timings timings, GatewayMeters meters) {
        return new RoomTimers(rooms, timings, meters);
    }

    @Bean
    TrustedProxies trustedProxies(GatewayProperties gateway) {
        return new TrustedProxies(gateway.trustedProxies());
    }

    /**
     * Threads of our own: the global ones end with the first application of a JVM that ends. Server
     * and client share them, so that a request is carried on by the thread that it came in on.
     */
    @Bean
    ReactorResourceFactory reactorResources() {
        ReactorResourceFactory resources = new ReactorResourceFactory();
        resources.setUseGlobalResources(false);
        resources.setLoopResourcesSupplier(() -> LoopResources.create("gateway", LOOPS, true));
        resources.setShutdownQuietPeriod(QUIET_BEFORE_THE_END);
        return resources;
    }

    @Bean
    Tracing tracing(TracingProperties tracing) {
        return tracing.enabled()
                ? new OtlpTracing("queue-gateway", tracing.endpoint(), tracing.sampling(), true)
                : Tracing.OFF;
    }

    @Bean
    GatewayMeters gatewayMeters(MeterRegistry registry) {
        return new GatewayMeters(registry);
    }

    /** While Redis is away a command fails at once instead of waiting in a queue without end. */
    @Bean
    LettuceClientOptionsBuilderCustomizer failFast() {
        return options ->
                followCluster(options)
                        .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                        .requestQueueSize(MOST_COMMANDS_UNDER_WAY);
    }

    /**
     * Whoever takes over a shard is found within a second: asked for as soon as a server refuses,
     * redirects or is gone, and now and then without a reason.
     */
    private static ClientOptions.Builder followCluster(ClientOptions.Builder options) {
        return options instanceof ClusterClientOptions.Builder cluster
                ? cluster.topologyRefreshOptions(
                        ClusterTopologyRefreshOptions.builder()
                                .adaptiveRefreshTriggersTimeout(LOOK_AGAIN_AFTER)
                                .refreshTriggersReconnectAttempts(2)
                                .enablePeriodicRefresh(LOOK_EVERY)
                                .build())
                : options;
    }

    @Bean
    ClientResourcesBuilderCustomizer reconnectSoon() {
        return resources ->
                resources
                        .reconnectDelay(Delay.constant(RECONNECT_EVERY))
                        .addressResolverGroup(FreshNames.INSTANCE);
    }
}
