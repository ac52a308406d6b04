package dev.stagedoor.booking.seat;

import org.jspecify.annotations.Nullable;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.api.RedissonReactiveClient;
import org.redisson.config.BaseConfig;
import org.redisson.config.ClusterServersConfig;
import org.redisson.config.Config;
import org.redisson.config.ConstantDelay;
import org.redisson.config.ReadMode;
import org.redisson.config.SingleServerConfig;
import org.redisson.config.SubscriptionMode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.util.retry.Retry;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The connection to Redis, one server ({@code spring.data.redis.url}) or a cluster ({@code
 * spring.data.redis.cluster.nodes}), made in the background: the service starts without Redis and
 * finds it when it comes.
 */
@Component
final class RedisLink implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(RedisLink.class);
    private static final Duration FIRST_WAIT = Duration.ofMillis(200);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(2);
    private static final int THREADS = 2;
    private static final int CONNECTIONS = 8;

    private final String url;
    private final List<String> nodes;
    private final @Nullable String username;
    private final @Nullable String password;
    private final String scheme;
    private final LockSettings settings;
    private volatile RedissonClient client;
    private Disposable connecting = Disposables.disposed();
    private volatile boolean running;

    RedisLink(
            @Value("${spring.data.redis.url:}") String url,
            @Value("${spring.data.redis.cluster.nodes:}") List<String> nodes,
            @Value("${spring.data.redis.username:#{null}}") @Nullable String username,
            @Value("${spring.data.redis.password:#{null}}") @Nullable String password,
            @Value("${spring.data.redis.ssl.enabled:false}") boolean encrypted,
            LockSettings settings) {
        this.url = url;
        this.nodes = nodes;
        this.username = username;
        this.password = password;
        this.scheme = encrypted ? "rediss://" : "redis://";
        this.settings = settings;
    }

    Optional<RedissonReactiveClient> client() {
        return Optional.ofNullable(client).map(RedissonClient::reactive);
    }

    @Override
    public void start() {
        running = true;
        if (settings.enabled()) {
            connecting =
                    Mono.fromCallable(() -> Redisson.create(config()))
                            .subscribeOn(Schedulers.boundedElastic())
                            .retryWhen(
                                    Retry.backoff(Long.MAX_VALUE, FIRST_WAIT)
                                            .maxBackoff(LONGEST_WAIT))
                            .subscribe(this::connected, e -> log.error("Redis cannot be used", e));
        }
    }

    private synchronized void connected(RedissonClient connected) {
        if (running) {
            client = connected;
        } else {
            connected.shutdown();
        }
    }

    @Override
    public synchronized void stop() {
        running = false;
        connecting.dispose();
        if (client != null) {
            client.shutdown(0, 1, java.util.concurrent.TimeUnit.SECONDS);
            client = null;
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** There before anybody comes, and until everybody has left. */
    @Override
    public int getPhase() {
        return 0;
    }

    private Config config() {
        Config config = new Config();
        config.setThreads(THREADS).setNettyThreads(THREADS);
        // A lock that is only a shield need not wait for replicas.
        config.setCheckLockSyncedSlaves(false);
        config.setUseScriptCache(true);
        if (nodes.isEmpty()) {
            impatient(oneServer(config));
        } else {
            impatient(cluster(config));
        }
        return config;
    }

    private SingleServerConfig oneServer(Config config) {
        return config.useSingleServer()
                .setAddress(url)
                .setConnectionMinimumIdleSize(CONNECTIONS)
                .setConnectionPoolSize(CONNECTIONS)
                .setSubscriptionConnectionMinimumIdleSize(1)
                .setSubscriptionConnectionPoolSize(1);
    }

    /** Every lock is a key of its own: the cluster spreads them as it likes. */
    private ClusterServersConfig cluster(Config config) {
        ClusterServersConfig cluster =
                config.setUsername(username)
                        .setPassword(password)
                        .useClusterServers()
                        .setReadMode(ReadMode.MASTER)
                        .setSubscriptionMode(SubscriptionMode.MASTER)
                        .setMasterConnectionMinimumIdleSize(CONNECTIONS)
                        .setMasterConnectionPoolSize(CONNECTIONS)
                        .setSubscriptionConnectionMinimumIdleSize(1)
                        .setSubscriptionConnectionPoolSize(1);
        nodes.forEach(node -> cluster.addNodeAddress(scheme + node.strip()));
        return cluster;
    }

    private void impatient(BaseConfig<?> servers) {
        int timeout = Math.toIntExact(settings.timeout().toMillis());
        servers.setConnectTimeout(timeout)
                .setTimeout(timeout)
                .setRetryAttempts(0)
                .setRetryDelay(new ConstantDelay(Duration.ofMillis(100)));
    }
}
