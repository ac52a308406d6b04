package dev.stagedoor.gateway.share;

import static org.awaitility.Awaitility.await;

import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.connection.Connection;
import dev.stagedoor.gateway.token.QueueTokens;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.room.Room;
import dev.stagedoor.gateway.waitingroom.room.Rooms;

import io.micrometer.core.instrument.MeterRegistry;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.TestInstance;
import org.springframework.context.ConfigurableApplicationContext;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Gateways that give each client a share, on a Redis that no other class flushes. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class LimitedGateways {

    private static final AtomicInteger NETWORKS = new AtomicInteger();

    final Upstream upstream = new Upstream();
    private final EmbeddedRedis redis = EmbeddedRedis.start();
    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterAll
    void stop() {
        upstream.close();
        redis.close();
    }

    @AfterEach
    void everybodyGoes() throws Exception {
        for (AutoCloseable one : open.reversed()) {
            one.close();
        }
        open.clear();
        redis.ask("FLUSHALL");
    }

    ConfigurableApplicationContext gateway(String... settings) {
        List<String> all = new ArrayList<>(List.of(settings));
        if (all.stream().noneMatch(setting -> setting.startsWith(Gateways.UNLIMITED))) {
            all.add(Gateways.UNLIMITED);
        }
        ConfigurableApplicationContext gateway =
                Gateways.startOn(redis.url(), upstream.url(), all.toArray(String[]::new));
        open.add(gateway);
        return gateway;
    }

    List<Connection> connect(Client client, int times) throws IOException {
        List<Connection> connections = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            Connection connection = client.connects();
            open.add(connection);
            connections.add(connection);
        }
        return connections;
    }

    static String asked(Connection connection) {
        try {
            connection.send("GET /ops HTTP/1.1\r\nHost: x\r\n\r\n");
            return connection.readUntil("}");
        } catch (IOException | AssertionError _) {
            return "";
        }
    }

    /** Its head and its first words; it stays open. */
    String stream(Client client, String token) throws IOException {
        Connection connection = connect(client, 1).getFirst();
        connection.send(
                "GET /api/v1/queue/events HTTP/1.1\r\nHost: x\r\nQueue-Token: "
                        + token
                        + "\r\n\r\n");
        return connection.readUntil("{");
    }

    /** And known to be so without Redis. */
    static String inside(ConfigurableApplicationContext gateway, Client somebody) {
        String token = Client.token(somebody.send(somebody.joining()));
        Ticket ticket = gateway.getBean(QueueTokens.class).verify(token).orElseThrow();
        Room room = gateway.getBean(Rooms.class).find(ticket.room()).orElseThrow();
        await().until(
                        () -> {
                            somebody.send(somebody.polling(token));
                            return room.known(ticket).isPresent();
                        });
        return token;
    }

    /** Each in a network of its own. */
    Client client(ConfigurableApplicationContext gateway) {
        return client(gateway, "127.0." + NETWORKS.incrementAndGet() + ".9");
    }

    Client client(ConfigurableApplicationContext gateway, String address) {
        Client client = new Client(gateway, address);
        open.add(client);
        return client;
    }

    static long counted(ConfigurableApplicationContext gateway, String limit, String outcome) {
        return (long)
                gateway.getBean(MeterRegistry.class)
                        .get("stagedoor.limits")
                        .tags("limit", limit, "outcome", outcome)
                        .counter()
                        .count();
    }
}
