package dev.stagedoor.gateway.connection;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.SigningKey;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.token.QueueTokens;
import dev.stagedoor.gateway.waitingroom.Ticket;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a gateway with a small heap does while it is attacked, by those who wait and by those inside
 * at the same time; not a test, started by {@code load-tests/siege.sh}. Every attacker has 200
 * networks, so that no limit per client is met before those of the gateway.
 */
final class SiegeMeasurement {

    private static final PrintStream OUT = System.out;
    private static final int NETWORKS = 200;
    private static final int CLIENTS = 100;
    private static final String FILLED = "a".repeat(14_000);

    private final int port;
    private final long process;
    private final int many;
    private final String only;
    private final QueueTokens tokens;
    private final Map<String, AtomicLong> told = new ConcurrentSkipListMap<>();
    private final Queue<Socket> open = new ConcurrentLinkedQueue<>();
    private final AtomicLong next = new AtomicLong();

    private SiegeMeasurement(int port, long process, SigningKey key, int many, String only) {
        this.port = port;
        this.process = process;
        this.many = many;
        this.only = only;
        this.tokens = new QueueTokens(List.of(key), InstantSource.system());
    }

    /**
     * @param arguments port and process of the gateway, its key for queue tokens, how many tokens,
     *     and a part of the name of the only attack, if not all
     */
    public static void main(String[] arguments) throws Exception {
        new SiegeMeasurement(
                        Integer.parseInt(arguments[0]),
                        Long.parseLong(arguments[1]),
                        SigningKey.parse(arguments[2]),
                        Integer.parseInt(arguments[3]),
                        arguments.length > 4 ? arguments[4] : "")
                .run();
    }

    private interface Attack {
        void begin() throws Exception;
    }

    private void run() throws Exception {
        String inside = tokenOf(request("POST", "/api/v1/queue/tokens", "", "127.200.0.1"));
        String waiting = tokenOf(request("POST", "/api/v1/queue/tokens", "", "127.200.0.1"));
        Ticket real = tokens.verify(waiting).orElseThrow();
        List<String> crowd = crowd(5_000);
        Thread.sleep(2_000);
        besides("nothing", inside, waiting, () -> Thread.sleep(5_000));
        besides(
                "500 connections with a stream and 120 pipelined requests of 14 KB",
                inside,
                waiting,
                () -> each(500, i -> streamAndPipeline(crowd.get(i))));
        besides(
                "20,000 attempts to open a stream",
                inside,
                waiting,
                () -> each(20_000, i -> stream(crowd.get(i % crowd.size()))));
        besides(
                many + " valid tokens polled once",
                inside,
                waiting,
                () -> polled(i -> valid(real, i)));
        besides(
                many + " garbage tokens",
                inside,
                waiting,
                () -> polled(i -> waiting.substring(0, waiting.length() - 9) + (100_000_000 + i)));
        besides(
                "600 connections that drip a body",
                inside,
                waiting,
                () -> {
                    each(600, _ -> drip());
                    Thread.sleep(20_000);
                });
    }

    // ── what is measured ────────────────────────────────────────────────────────────────────────

    private void besides(String what, String inside, String waiting, Attack attack)
            throws Exception {
        if (!what.contains(only)) {
            return;
        }
        told.clear();
        long heapBefore = heapInUse();
        Watch poll = new Watch(() -> head("GET", "/api/v1/queue/tokens/current", waiting));
        Watch pass = new Watch(() -> head("GET", "/seats", inside));
        Watch shop = new Watch(() -> head("GET", "/", null));
        long begun = System.nanoTime();
        attack.begin();
        long took = Duration.ofNanos(System.nanoTime() - begun).toMillis();
        OUT.printf("%n%s: %d ms%n  told: %s%n", what, took, told);
        OUT.printf("  those who wait: %s%n", poll.ends());
        OUT.printf("  those inside:   %s%n", pass.ends());
        OUT.printf("  at open paths:  %s%n", shop.ends());
        for (Socket socket : open) {
            socket.close();
        }
        open.clear();
        Thread.sleep(5_000);
        long ticks = ticks();
        Thread.sleep(5_000);
        OUT.printf(
                "  heap in use before %d MB, 10 s after %d MB; processor in 5 s after it %d ms%n",
                heapBefore >> 20, heapInUse() >> 20, 10 * (ticks() - ticks));
    }

    /** Asks by a connection of its own, ten times a second. */
    private final class Watch {

        private final Map<String, Integer> answers = new TreeMap<>();
        private final List<Long> millis = new ArrayList<>();
        private final CountDownLatch end = new CountDownLatch(1);
        private final Thread thread;

        Watch(Supplier<String> request) {
            thread = Thread.ofPlatform().start(() -> watch(request.get()));
        }

        private void watch(String request) {
            Socket socket = null;
            while (end.getCount() > 0) {
                long begun = System.nanoTime();
                String answer;
                try {
                    if (socket == null || socket.isClosed()) {
                        socket = connect("127.200.0.1");
                        socket.setSoTimeout(10_000);
                    }
                    send(socket, request);
                    answer = status(socket.getInputStream());
                } catch (IOException e) {
                    answer = "lost: " + e.getMessage();
                    socket = null;
                }
                answers.merge(answer, 1, Integer::sum);
                millis.add(Duration.ofNanos(System.nanoTime() - begun).toMillis());
                LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
            }
        }

        String ends() throws InterruptedException {
            end.countDown();
            thread.join();
            millis.sort(null);
            return "%s, half within %d ms, 99 %% within %d, all within %d"
                    .formatted(
                            answers,
                            millis.get(millis.size() / 2),
                            millis.get(millis.size() * 99 / 100),
                            millis.getLast());
        }
    }

    private long heapInUse() throws Exception {
        ask("GC.run");
        String info = ask("GC.heap_info");
        Matcher used = Pattern.compile("used (\\d+)K").matcher(info);
        return used.find() ? Long.parseLong(used.group(1)) << 10 : -1;
    }

    private String ask(String command) throws Exception {
        Process asked =
                new ProcessBuilder("jcmd", Long.toString(process), command)
                        .redirectErrorStream(true)
                        .start();
        return new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    /** Hundredths of a second of processor time. */
    private long ticks() throws IOException {
        String stat = Files.readString(Path.of("/proc/" + process + "/stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
    }

    // ── attacks ─────────────────────────────────────────────────────────────────────────────────

    private interface One {
        String does(int i) throws IOException;
    }

    private void each(int times, One one) throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            int number = i;
            threads.add(Thread.ofVirtual().start(() -> tell(() -> one.does(number))));
            if (i % 500 == 499) {
                Thread.sleep(100);
            }
        }
        for (Thread thread : threads) {
            thread.join(Duration.ofSeconds(30));
        }
    }

    /** So many who wait. */
    private List<String> crowd(int size) throws InterruptedException {
        List<String> all = Collections.synchronizedList(new ArrayList<>());
        List<Thread> threads = new ArrayList<>();
        for (int client = 0; client < 20; client++) {
            threads.add(Thread.ofVirtual().start(() -> tell(() -> join(all, size / 20))));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        return all;
    }

    private String join(List<String> all, int times) throws IOException {
        try (Socket socket = connect(somebody())) {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            for (int i = 0; i < times; i++) {
                send(
                        socket,
                        "POST /api/v1/queue/tokens HTTP/1.1\r\n"
                                + "Host: x\r\n"
                                + "Content-Length: 0\r\n\r\n");
                all.add(tokenOf(answer(in).body()));
            }
        }
        return "joined";
    }

    private void polled(IntFunction<String> token) throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (int client = 0; client < CLIENTS; client++) {
            int first = client * (many / CLIENTS);
            threads.add(
                    Thread.ofVirtual()
                            .start(
                                    () ->
                                            tell(
                                                    () -> {
                                                        pollAll(token, first);
                                                        return "done";
                                                    })));
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private void pollAll(IntFunction<String> token, int first) throws IOException {
        try (Socket socket = connect(somebody())) {
            socket.setSoTimeout(30_000);
            InputStream in = new BufferedInputStream(socket.getInputStream());
            for (int i = first; i < first + many / CLIENTS; i++) {
                send(socket, head("GET", "/api/v1/queue/tokens/current", token.apply(i)));
                count(status(in));
            }
        }
    }

    private String streamAndPipeline(String token) throws IOException {
        Socket socket = connect(somebody());
        open.add(socket);
        send(socket, head("GET", "/api/v1/queue/events", token));
        String answer = firstLine(socket.getInputStream());
        for (int i = 0; i < 120; i++) {
            send(socket, "GET / HTTP/1.1\r\nHost: x\r\nX-A: " + FILLED + "\r\n\r\n");
        }
        return answer;
    }

    private String stream(String token) throws IOException {
        Socket socket = connect(somebody());
        open.add(socket);
        send(socket, head("GET", "/api/v1/queue/events", token));
        return firstLine(socket.getInputStream());
    }

    private String drip() throws IOException {
        Socket socket = connect(somebody());
        open.add(socket);
        send(
                socket,
                "POST /api/v1/users HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                        + "Content-Length: 60000\r\n\r\n{");
        Thread.startVirtualThread(
                () -> {
                    try {
                        while (true) {
                            Thread.sleep(Duration.ofMillis(500));
                            send(socket, " ");
                        }
                    } catch (IOException | InterruptedException _) {
                        count("closed");
                    }
                });
        return "dripping";
    }

    private String valid(Ticket real, int i) {
        return tokens.sign(
                new Ticket(
                        new RoomId("main"),
                        UserId.random(),
                        real.sequence() + 1 - many / 2 + i,
                        real.epoch()));
    }

    // ── bytes ───────────────────────────────────────────────────────────────────────────────────

    private interface Telling {
        String tell() throws IOException;
    }

    private void tell(Telling telling) {
        try {
            count(telling.tell());
        } catch (IOException e) {
            count("lost");
        }
    }

    private void count(String answer) {
        told.computeIfAbsent(answer, _ -> new AtomicLong()).incrementAndGet();
    }

    private String somebody() {
        long number = next.getAndIncrement();
        return "127.%d.%d.9".formatted(1 + number % NETWORKS / 100, number % 100);
    }

    private Socket connect(String from) throws IOException {
        return new Socket("127.0.0.1", port, InetAddress.ofLiteral(from), 0);
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static String head(String method, String path, String token) {
        return method
                + " "
                + path
                + " HTTP/1.1\r\nHost: x\r\n"
                + (token == null || token.isEmpty() ? "" : "Queue-Token: " + token + "\r\n")
                + "\r\n";
    }

    private String request(String method, String path, String token, String from)
            throws IOException {
        try (Socket socket = connect(from)) {
            send(
                    socket,
                    head(method, path, token)
                            .replace(
                                    "\r\n\r\n",
                                    "\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static String tokenOf(String answer) {
        int begin = answer.indexOf("\"token\":\"") + 9;
        return answer.substring(begin, answer.indexOf('"', begin));
    }

    private static String firstLine(InputStream in) throws IOException {
        String line = line(in);
        return line.length() < 12 ? "closed" : line.substring(9, 12);
    }

    private record Answer(String status, String body) {}

    private static String status(InputStream in) throws IOException {
        return answer(in).status();
    }

    /** Reads one answer whose length is told. */
    private static Answer answer(InputStream in) throws IOException {
        String first = firstLine(in);
        if (first.equals("closed")) {
            throw new IOException("closed");
        }
        int length = 0;
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            if (line.regionMatches(true, 0, "content-length:", 0, 15)) {
                length = Integer.parseInt(line.substring(15).strip());
            }
        }
        byte[] body = in.readNBytes(length);
        if (body.length < length) {
            throw new IOException("half an answer");
        }
        return new Answer(first, new String(body, StandardCharsets.UTF_8));
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next >= 0 && next != '\n'; next = in.read()) {
            if (next != '\r') {
                line.append((char) next);
            }
        }
        return line.toString();
    }
}
