package dev.stagedoor.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.devservices.EmbeddedPostgres;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.devservices.EmbeddedRedisCluster;
import dev.stagedoor.devservices.FreePort;
import dev.stagedoor.quickstart.stage.Browser;
import dev.stagedoor.quickstart.stage.Stage;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The line and the seat locks lie in a Redis Cluster of three masters. The one that keeps the line
 * dies between two purchases.
 */
@Order(Integer.MAX_VALUE)
class ClusterSaleStory {

    /** A second and a half to give the master up, an election, and then some on a busy machine. */
    private static final Duration FAILOVER = Duration.ofSeconds(20);

    private static final String ROOM = "wr:{main}:state";

    private final int port = FreePort.find();
    private EmbeddedRedisCluster redis;
    private EmbeddedPostgres postgres;
    private Quickstart services;

    @BeforeEach
    void theSaleIsOpen() {
        redis = EmbeddedRedisCluster.start();
        postgres = EmbeddedPostgres.start();
        List<String> settings = new ArrayList<>(Stage.on(postgres.database()));
        settings.add("--spring.data.redis.cluster.nodes=" + redis.nodes());
        settings.add("--stagedoor.gateway.port=" + port);
        settings.add("--stagedoor.gateway.management-port=" + FreePort.find());
        settings.add("--stagedoor.booking.port=" + FreePort.find());
        settings.add("--stagedoor.booking.management-port=" + FreePort.find());
        settings.add("--stagedoor.rooms.main.capacity=1");
        settings.add("--stagedoor.rooms.main.interval=100ms");
        services = Quickstart.start(settings.toArray(String[]::new));
    }

    @AfterEach
    void itIsOver() {
        services.close();
        postgres.close();
        redis.close();
    }

    @Test
    void aTicketIsBoughtTheMasterDiesAndTheNextOneBuysToo() {
        Browser hana = new Browser(port);
        Browser duri = new Browser(port);
        long schedule = TicketStory.oneBuysWhileTheOtherWaits(hana, duri);
        EmbeddedRedis master = redis.masterOf(ROOM);
        EmbeddedRedis replica = redis.replicaOf(ROOM);
        await().until(() -> replica.ask("DBSIZE").equals(master.ask("DBSIZE")));
        Browser late = new Browser(port);
        late.register("Late");
        assertThat(late.join().get("state").asString()).isEqualTo("WAITING");

        master.kill();

        TicketStory.buys(duri, schedule, 9);
        String seats = "/api/v1/schedules/" + schedule + "/seats";
        await().atMost(FAILOVER).until(() -> late.ask("GET", seats, null).status() == 200);
        assertThat(redis.masterOf(ROOM)).isSameAs(replica);
        JsonNode refused = duri.get(seats, 401);
        assertThat(refused.get("code").asString()).isEqualTo("queue-token-completed");
    }
}
