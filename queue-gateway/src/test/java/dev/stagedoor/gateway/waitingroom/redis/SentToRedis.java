package dev.stagedoor.gateway.waitingroom.redis;

import dev.stagedoor.devservices.EmbeddedRedis;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Listens to everything that clients send to a Redis, whoever they are and whatever it is. What
 * scripts call there is not sent.
 */
public final class SentToRedis implements AutoCloseable {

    /** {@code +1763766000.123456 [0 127.0.0.1:40000] "get" "key"}; of a script, {@code [0 lua]}. */
    private static final Pattern SENT =
            Pattern.compile("\\+[\\d.]+ \\[\\d+ (?!lua).*?] \"(\\w+)\".*");

    private final Socket connection;
    private final BufferedReader said;
    private final CompletableFuture<Void> listening;
    private final Map<String, Long> commands = new ConcurrentHashMap<>();

    private SentToRedis(Socket connection) throws IOException {
        this.connection = connection;
        this.said =
                new BufferedReader(
                        new InputStreamReader(connection.getInputStream(), StandardCharsets.UTF_8));
        connection.getOutputStream().write("MONITOR\r\n".getBytes(StandardCharsets.UTF_8));
        said.readLine(); // from now on everything is told
        this.listening =
                CompletableFuture.runAsync(this::listen, task -> Thread.ofPlatform().start(task));
    }

    public static SentToRedis listenTo(EmbeddedRedis redis) throws IOException {
        return new SentToRedis(new Socket("127.0.0.1", redis.port()));
    }

    /** Which ones, and how often, until now. */
    public Map<String, Long> commands() {
        return Map.copyOf(commands);
    }

    public long count() {
        return commands().values().stream().mapToLong(Long::longValue).sum();
    }

    @Override
    public void close() throws IOException {
        connection.shutdownInput();
        listening.join();
        connection.close();
    }

    private void listen() {
        try {
            for (String line = said.readLine(); line != null; line = said.readLine()) {
                Matcher sent = SENT.matcher(line);
                if (sent.matches()) {
                    commands.merge(sent.group(1).toLowerCase(Locale.ROOT), 1L, Long::sum);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
