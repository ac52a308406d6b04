package dev.stagedoor.gateway.token;

import dev.stagedoor.common.Pass;
import dev.stagedoor.common.Passes;
import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.SigningKey;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.Ticket;

import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.time.InstantSource;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/**
 * What a token costs the thread that signs or verifies it; not a test, started by {@code
 * load-tests/tokens.sh}. Processor time, so that other work on the machine counts less.
 */
final class TokenMeasurement {

    private static final int MANY = 300_000;
    private static final int CALLS = 600_000;
    private static final int ROUNDS = 7;
    private static final PrintStream OUT = System.out;

    private TokenMeasurement() {}

    public static void main(String[] arguments) {
        RoomId room = new RoomId("main");
        InstantSource clock = InstantSource.system();
        QueueTokens queue = new QueueTokens(List.of(SigningKey.random("one")), clock);
        Passes passes = new Passes(List.of(SigningKey.random("two")), clock);
        List<Ticket> tickets =
                IntStream.range(0, MANY)
                        .mapToObj(i -> new Ticket(room, UserId.random(), 1L << 50 | i, 3))
                        .toList();
        List<String> tokens = tickets.stream().map(queue::sign).toList();
        String pass = passes.sign(new Pass(UserId.random(), room, 1));
        String forged = tokens.getFirst().substring(0, tokens.getFirst().length() - 8) + "AAAAAAAA";

        measure("sign a queue token", i -> queue.sign(tickets.get(i % MANY)).length());
        measure("sign a pass", _ -> passes.sign(new Pass(UserId.random(), room, 1)).length());
        measure("verify a pass", _ -> passes.verify(pass).hashCode());
        measure("verify one queue token", _ -> queue.verify(tokens.getFirst()).hashCode());
        measure("verify a forged one", _ -> queue.verify(forged).hashCode());
        measure("verify 300,000", i -> queue.verify(tokens.get(i % MANY)).hashCode());
        System.gc();
        Runtime memory = Runtime.getRuntime();
        OUT.printf("| heap, MB | %d |%n", (memory.totalMemory() - memory.freeMemory()) >> 20);
    }

    /** The best round: everything else only adds to it. */
    private static void measure(String what, IntUnaryOperator call) {
        var thread = ManagementFactory.getThreadMXBean();
        long best = Long.MAX_VALUE;
        int sum = 0;
        for (int round = 0; round < ROUNDS; round++) {
            long begun = thread.getCurrentThreadCpuTime();
            for (int i = 0; i < CALLS; i++) {
                sum += call.applyAsInt(i);
            }
            best = Math.min(best, thread.getCurrentThreadCpuTime() - begun);
        }
        OUT.printf("| %s, ns | %,d |%s%n", what, best / CALLS, sum == 42 ? " " : "");
    }
}
