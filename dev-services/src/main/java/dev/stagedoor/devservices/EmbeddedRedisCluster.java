package dev.stagedoor.devservices;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A Redis Cluster of one's own: three masters with a replica each, to see one of them die and be
 * replaced. Every server is an {@link EmbeddedRedis}, and gone with the JVM like any other.
 */
public final class EmbeddedRedisCluster implements AutoCloseable {

    private static final int SHARDS = 3;
    private static final int SLOTS = 16_384;
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /**
     * A master is given up after a second and a half: soon enough for a test, and more than a busy
     * machine keeps a server waiting. A replica may follow however much it has missed, and the
     * other shards go on without the one that is gone.
     */
    private static final String[] OPTIONS = {
        "--cluster-node-timeout", "1500",
        "--cluster-replica-validity-factor", "0",
        "--cluster-require-full-coverage", "no",
        "--cluster-allow-replica-migration", "no",
        "--repl-diskless-sync-delay", "0"
    };

    /** The masters first, then the replica of each in the same order. */
    private final List<EmbeddedRedis> servers;

    private EmbeddedRedisCluster(List<EmbeddedRedis> servers) {
        this.servers = servers;
    }

    /** Starts the servers, and returns when every key can be written and is copied. */
    public static EmbeddedRedisCluster start() {
        EmbeddedRedisCluster cluster =
                new EmbeddedRedisCluster(
                        IntStream.range(0, 2 * SHARDS)
                                .mapToObj(_ -> EmbeddedRedis.startNode(OPTIONS))
                                .toList());
        try {
            cluster.form();
        } catch (RuntimeException e) {
            cluster.close();
            throw e;
        }
        return cluster;
    }

    /** Addresses of all servers, {@code host:port,host:port,…}. */
    public String nodes() {
        return servers.stream()
                .map(server -> "127.0.0.1:" + server.port())
                .collect(Collectors.joining(","));
    }

    public int slotOf(String key) {
        return Integer.parseInt(somebody().ask("CLUSTER KEYSLOT " + key));
    }

    /** Who answers for a key at this moment. */
    public EmbeddedRedis masterOf(String key) {
        return server(whoServes(key));
    }

    private Member whoServes(String key) {
        int slot = slotOf(key);
        return members()
                .filter(member -> member.serves(slot))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("nobody serves " + key));
    }

    public EmbeddedRedis replicaOf(String key) {
        String master = whoServes(key).id();
        return members()
                .filter(member -> member.master().filter(master::equals).isPresent())
                .findFirst()
                .map(this::server)
                .orElseThrow(() -> new IllegalStateException("nobody copies " + key));
    }

    /** From now on the replica hears nothing of what is written: a failover will lose it. */
    public void stopCopying(String key) {
        EmbeddedRedis replica = replicaOf(key);
        replica.ask("CONFIG SET masteruser nobody masterauth nothing");
        masterOf(key).ask("CLIENT KILL TYPE replica");
        await("a link that is cut", () -> !isCopying(replica));
    }

    @Override
    public void close() {
        servers.forEach(EmbeddedRedis::close);
    }

    // ── how it is formed ────────────────────────────────────────────────────────────────────────

    private void form() {
        for (int shard = 0; shard < SHARDS; shard++) {
            int from = SLOTS * shard / SHARDS;
            int to = SLOTS * (shard + 1) / SHARDS - 1;
            master(shard).ask("CLUSTER ADDSLOTSRANGE " + from + " " + to);
        }
        for (int i = 0; i < servers.size(); i++) {
            servers.get(i).ask("CLUSTER SET-CONFIG-EPOCH " + (i + 1));
        }
        for (EmbeddedRedis server : servers.subList(1, servers.size())) {
            server.ask("CLUSTER MEET 127.0.0.1 " + servers.getFirst().port() + " " + busPort());
        }
        await("that all have met", () -> servers.stream().allMatch(this::knowsAll));
        for (int shard = 0; shard < SHARDS; shard++) {
            replica(shard).ask("CLUSTER REPLICATE " + master(shard).ask("CLUSTER MYID"));
        }
        await("copies of every shard", () -> replicas().allMatch(EmbeddedRedisCluster::isCopying));
        await("a cluster that is whole", () -> servers.stream().allMatch(this::isWhole));
    }

    private String busPort() {
        return servers.getFirst().ask("CONFIG GET cluster-port").lines().toList().getLast();
    }

    private EmbeddedRedis master(int shard) {
        return servers.get(shard);
    }

    private EmbeddedRedis replica(int shard) {
        return servers.get(SHARDS + shard);
    }

    private Stream<EmbeddedRedis> replicas() {
        return servers.stream().skip(SHARDS);
    }

    private boolean knowsAll(EmbeddedRedis server) {
        List<String> lines = server.ask("CLUSTER NODES").lines().toList();
        return lines.size() == servers.size()
                && lines.stream().noneMatch(line -> line.contains("handshake"));
    }

    private boolean isWhole(EmbeddedRedis server) {
        List<Member> members = server.ask("CLUSTER NODES").lines().map(Member::parse).toList();
        return server.ask("CLUSTER INFO").contains("cluster_state:ok")
                && members.stream().filter(member -> member.master().isPresent()).count() == SHARDS
                && members.stream().allMatch(Member::isThere);
    }

    private static boolean isCopying(EmbeddedRedis replica) {
        return replica.ask("INFO replication").contains("master_link_status:up");
    }

    private static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new IllegalStateException("waited in vain for " + what);
            }
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
    }

    // ── who is what ─────────────────────────────────────────────────────────────────────────────

    /** As one of those who are there sees the cluster. */
    private Stream<Member> members() {
        return somebody().ask("CLUSTER NODES").lines().map(Member::parse).filter(Member::isThere);
    }

    private EmbeddedRedis somebody() {
        return servers.stream()
                .filter(EmbeddedRedis::isAwake)
                .findAny()
                .orElseThrow(() -> new IllegalStateException("no server is left"));
    }

    private EmbeddedRedis server(Member member) {
        return servers.stream()
                .filter(server -> server.port() == member.port())
                .findFirst()
                .orElseThrow();
    }

    /** A line of {@code CLUSTER NODES}. */
    private record Member(
            String id, int port, List<String> flags, Optional<String> master, List<String> slots) {

        static Member parse(String line) {
            String[] words = line.split(" ");
            String address = words[1].substring(0, words[1].indexOf('@'));
            return new Member(
                    words[0],
                    Integer.parseInt(address.substring(address.lastIndexOf(':') + 1)),
                    List.of(words[2].split(",")),
                    Optional.of(words[3]).filter(id -> !id.equals("-")),
                    Arrays.asList(words).subList(8, words.length));
        }

        boolean isThere() {
            return flags.stream().noneMatch(flag -> flag.startsWith("fail"));
        }

        boolean serves(int slot) {
            return flags.contains("master")
                    && slots.stream()
                            .map(range -> range.split("-"))
                            .anyMatch(
                                    ends ->
                                            Integer.parseInt(ends[0]) <= slot
                                                    && slot
                                                            <= Integer.parseInt(
                                                                    ends[ends.length - 1]));
        }
    }
}
