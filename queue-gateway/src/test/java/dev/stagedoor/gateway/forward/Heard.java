package dev.stagedoor.gateway.forward;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.WebSocket;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** What one side of a WebSocket hears. */
final class Heard implements WebSocket.Listener {

    private final BlockingQueue<String> messages = new LinkedBlockingQueue<>();
    private final CompletableFuture<String> closed = new CompletableFuture<>();

    boolean isClosed() {
        return closed.isDone();
    }

    /** In a minute at the latest. */
    void waitUntilItIsClosed() {
        assertThat(closed).succeedsWithin(Duration.ofMinutes(1));
    }

    String next() throws InterruptedException {
        String next = messages.poll(1, TimeUnit.MINUTES);
        assertThat(next).as("a message").isNotNull();
        return next;
    }

    String nextOf(int length) throws InterruptedException {
        StringBuilder all = new StringBuilder(next());
        while (all.length() < length) {
            all.append(next().replace("echo ", ""));
        }
        return all.toString();
    }

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
        messages.add(data.toString());
        socket.request(1);
        return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
        closed.complete(status + reason);
        return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
        closed.complete(error.toString());
    }
}
