package dev.stagedoor.booking.seat;

import dev.stagedoor.common.FreshNames;

import org.redisson.config.BaseConfig;
import org.redisson.config.BaseMasterSlaveServersConfig;
import org.redisson.config.Config;
import org.redisson.config.ConstantDelay;
import org.redisson.config.ReadMode;
import org.redisson.config.SubscriptionMode;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.stereotype.Component;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;

/** Redisson's configuration, out of its own file or of Spring's properties, made at the start. */
@Component
record RedissonSettings(
        LockSettings lock, RedisServers servers, ObjectProvider<SslBundles> bundles) {

    private static final int THREADS = 2;
    private static final int CONNECTIONS = 8;
    private static final int REDIS_PORT = 6379;

    /** Fails if it cannot be read: a lock that nobody notices is missing helps nobody. */
    Config read() {
        if (lock.redisson() == null && !servers.areNamed()) {
            throw new IllegalArgumentException(
                    "the seat locks need a Redis: set spring.data.redis.url, .host, .sentinel or"
                            + " .cluster, or stagedoor.booking.lock.redisson; or do without by"
                            + " stagedoor.booking.lock.redis=false");
        }
        Config config = lock.redisson() == null ? bySpring() : byFile();
        // A lock that is only a shield need not wait for replicas.
        config.setCheckLockSyncedSlaves(false);
        config.setAddressResolverGroupFactory((_, _, _) -> FreshNames.INSTANCE);
        config.setUseScriptCache(true);
        return config;
    }

    private Config byFile() {
        try (var file = lock.redisson().getInputStream()) {
            return Config.fromYAML(file);
        } catch (IOException | RuntimeException e) {
            throw new IllegalArgumentException(
                    "stagedoor.booking.lock.redisson cannot be read: " + lock.redisson(), e);
        }
    }

    private Config bySpring() {
        Config config = new Config().setThreads(THREADS).setNettyThreads(THREADS);
        if (servers.username() != null) {
            config.setUsername(servers.username());
        }
        if (servers.password() != null) {
            config.setPassword(servers.password());
        }
        if (servers.ssl().bundle() != null) {
            trust(config, bundles.getObject().getBundle(servers.ssl().bundle()));
        }
        if (servers.cluster() != null) {
            cluster(config);
        } else if (servers.sentinel() != null) {
            sentinels(config);
        } else {
            oneServer(config);
        }
        return config;
    }

    private static void trust(Config config, SslBundle bundle) {
        config.setSslTrustManagerFactory(bundle.getManagers().getTrustManagerFactory());
        config.setSslKeyManagerFactory(bundle.getManagers().getKeyManagerFactory());
    }

    private void oneServer(Config config) {
        URI uri = servers.server();
        int port = uri.getPort() < 0 ? REDIS_PORT : uri.getPort();
        if (uri.getUserInfo() != null) {
            String[] login = uri.getUserInfo().split(":", 2);
            config.setPassword(login[login.length - 1]);
            if (login.length > 1 && !login[0].isEmpty()) {
                config.setUsername(login[0]);
            }
        }
        impatient(config.useSingleServer())
                .setAddress(uri.getScheme() + "://" + uri.getHost() + ":" + port)
                .setDatabase(database(uri))
                .setConnectionMinimumIdleSize(CONNECTIONS)
                .setConnectionPoolSize(CONNECTIONS)
                .setSubscriptionConnectionMinimumIdleSize(1)
                .setSubscriptionConnectionPoolSize(1);
    }

    private int database(URI uri) {
        boolean named = uri.getPath() != null && uri.getPath().length() > 1;
        return named ? Integer.parseInt(uri.getPath().substring(1)) : servers.database();
    }

    private void sentinels(Config config) {
        var sentinel = servers.sentinel();
        var wanted =
                onMasters(config.useSentinelServers())
                        .setMasterName(sentinel.master())
                        .setSentinelUsername(sentinel.username())
                        .setSentinelPassword(sentinel.password())
                        .setDatabase(servers.database())
                        .setCheckSentinelsList(false);
        servers.addresses("sentinel.nodes", sentinel.nodes()).forEach(wanted::addSentinelAddress);
    }

    /** Every lock is a key of its own: the cluster spreads them as it likes. */
    private void cluster(Config config) {
        var wanted = onMasters(config.useClusterServers());
        servers.addresses("cluster.nodes", servers.cluster().nodes())
                .forEach(wanted::addNodeAddress);
    }

    private <T extends BaseMasterSlaveServersConfig<T>> T onMasters(T config) {
        return impatient(config)
                .setReadMode(ReadMode.MASTER)
                .setSubscriptionMode(SubscriptionMode.MASTER)
                .setMasterConnectionMinimumIdleSize(CONNECTIONS)
                .setMasterConnectionPoolSize(CONNECTIONS)
                .setSubscriptionConnectionMinimumIdleSize(1)
                .setSubscriptionConnectionPoolSize(1);
    }

    private <T extends BaseConfig<T>> T impatient(T config) {
        int timeout = Math.toIntExact(lock.timeout().toMillis());
        return config.setConnectTimeout(timeout)
                .setTimeout(timeout)
                .setRetryAttempts(0)
                .setRetryDelay(new ConstantDelay(Duration.ofMillis(100)));
    }
}
