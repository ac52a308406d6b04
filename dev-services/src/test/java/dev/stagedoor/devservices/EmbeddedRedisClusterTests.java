package dev.stagedoor.devservices;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.time.Duration;
import java.util.concurrent.Callable;

@Timeout(60)
class EmbeddedRedisClusterTests {

    private static final Duration FAILOVER = Duration.ofSeconds(15);

    private EmbeddedRedisCluster cluster;

    @BeforeEach
    void start() {
        cluster = EmbeddedRedisCluster.start();
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    @Test
    void keepsKeysInShardsWhoseReplicasTakeOver() {
        EmbeddedRedis master = cluster.masterOf("first");
        EmbeddedRedis replica = cluster.replicaOf("first");
        assertThat(master.ask("SET first kept")).isEqualTo("OK");
        assertThatThrownBy(() -> cluster.masterOf("second").ask("GET first"))
                .as("slot %d", cluster.slotOf("first"))
                .hasMessageContaining("MOVED " + cluster.slotOf("first"));
        await().atMost(FAILOVER).until(() -> replica.ask("DBSIZE").equals("1"));

        master.kill();
        awaitFailover(() -> cluster.masterOf("first") == replica);

        assertThat(replica.ask("GET first")).isEqualTo("kept");
        master.restart();
        awaitFailover(() -> cluster.replicaOf("first") == master);
    }

    @Test
    void losesInAFailoverWhatWasNotCopied() {
        EmbeddedRedis master = cluster.masterOf("first");
        EmbeddedRedis replica = cluster.replicaOf("first");
        cluster.stopCopying("first");
        master.ask("SET first lost");

        master.kill();
        awaitFailover(() -> cluster.masterOf("first") == replica);

        assertThat(replica.ask("GET first")).isEmpty();
    }

    /** Meanwhile there is nobody to be named. */
    private static void awaitFailover(Callable<Boolean> isOver) {
        await().atMost(FAILOVER).ignoreException(IllegalStateException.class).until(isOver);
    }
}
