package dev.stagedoor.gateway.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.CodecException;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;

import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * A request to an upstream and its answer. A short answer is there when its last byte is: until
 * then it may still become a problem that is told. A longer one is there when its head is.
 *
 * <p>What is not said to be otherwise happens on the thread of the pool.
 */
public final class Exchange {

    private static final Set<String> PARTS = Set.of("chunked", "identity");

    private static final int DIGITS_OF_SHORT = 4;
    private static final int LONGEST_SHORT = 9_999;

    private final Pool pool;
    private final HttpMethod method;
    private final String target;
    private final HttpHeaders headers;
    private final @Nullable Publisher<ByteBuf> body;
    private final @Nullable Object client;

    private @Nullable Consumer<@Nullable Throwable> answered;
    private @Nullable Future<?> patience;
    private @Nullable Connection connection;
    private @Nullable Sending sending;
    private @Nullable HttpResponse head;

    /** Of a short answer, until it is taken. */
    private final AtomicReference<@Nullable ByteBuf> whole = new AtomicReference<>();

    /** Of a longer one. */
    private @Nullable LongBody longBody;

    private boolean isRepeated;
    private boolean isTold;
    private boolean isRead;
    private boolean isLast;
    private boolean isOver;

    /**
     * @param client whose share of the connections it takes; null where nobody minds
     */
    public Exchange(
            Pool pool,
            HttpMethod method,
            String target,
            HttpHeaders headers,
            @Nullable Publisher<ByteBuf> body,
            @Nullable Object client) {
        this.pool = pool;
        this.method = method;
        this.target = target;
        this.headers = headers;
        this.body = body;
        this.client = client;
    }

    /**
     * To be followed by {@link #close} in any case.
     *
     * @param told once: nothing when the answer can be passed on, or why there is none
     */
    public void ask(Consumer<@Nullable Throwable> told) {
        pool.run(
                () -> {
                    answered = told;
                    pool.serve(this);
                });
    }

    // ── the request ─────────────────────────────────────────────────────────────────────────────

    @Nullable Object client() {
        return client;
    }

    void waits(Future<?> patience) {
        this.patience = patience;
    }

    void begin(Connection connection) {
        this.connection = connection;
        if (patience != null) {
            patience.cancel(false);
        }
        Channel channel = connection.channel();
        if (body == null) {
            channel.writeAndFlush(withoutBody(), channel.voidPromise());
        } else {
            HttpRequest request =
                    new DefaultHttpRequest(HttpVersion.HTTP_1_1, method, target, headers);
            channel.write(request, channel.voidPromise());
            sending = new Sending(pool, channel, this::fail);
            body.subscribe(sending);
        }
    }

    private HttpRequest withoutBody() {
        return new DefaultFullHttpRequest(
                HttpVersion.HTTP_1_1,
                method,
                target,
                Unpooled.EMPTY_BUFFER,
                headers,
                EmptyHttpHeaders.INSTANCE);
    }

    void sendMore() {
        if (sending != null) {
            sending.more();
        }
    }

    // ── the answer, as it arrives ───────────────────────────────────────────────────────────────

    void arrived(HttpObject message) {
        if (isOver) {
            ReferenceCountUtil.release(message);
            return;
        }
        if (message.decoderResult().isFailure()) {
            ReferenceCountUtil.release(message);
            fail(new CodecException(message.decoderResult().cause()));
            return;
        }
        if (message instanceof HttpResponse answer) {
            if (isCoded(answer.headers())) {
                fail(new CodecException("A transfer coding that nobody has asked for"));
                return;
            }
            begins(answer);
        }
        if (message instanceof HttpContent part) {
            arrived(part);
        }
    }

    /** By more than its parts, like gzip: which coding it is, the client would never hear. */
    private static boolean isCoded(HttpHeaders answer) {
        return answer.contains(HttpHeaderNames.TRANSFER_ENCODING)
                && answer.getAll(HttpHeaderNames.TRANSFER_ENCODING).stream()
                        .anyMatch(coding -> !PARTS.contains(coding.toLowerCase(Locale.ROOT)));
    }

    private void begins(HttpResponse answer) {
        head = answer;
        if (!isBodiless() && !isShort(answer.headers())) {
            longBody = new LongBody(pool, this);
        }
        if (!isShort() || isSwitch()) {
            tell();
        }
    }

    private void arrived(HttpContent part) {
        if (part instanceof LastHttpContent) {
            isRead = true;
            isLast = !HttpUtil.isKeepAlive(head()) || isSwitch() || !isSent();
        }
        if (!part.content().isReadable()) {
            part.release();
        } else if (longBody == null) {
            keep(part.content());
        } else {
            longBody.arrived(part.content());
        }
        if (isRead && longBody != null) {
            longBody.complete();
        } else if (isRead && !isTold) {
            tell();
        }
    }

    /** Nearly always it comes in one piece. In however many others, they become one. */
    private void keep(ByteBuf part) {
        ByteBuf sofar = whole.getPlain();
        if (sofar == null && isRead) {
            whole.setPlain(part);
        } else {
            ByteBuf all = sofar == null ? part.alloc().buffer(LONGEST_SHORT) : sofar;
            whole.setPlain(all.writeBytes(part));
            part.release();
        }
    }

    private void tell() {
        isTold = true;
        Objects.requireNonNull(answered).accept(null);
    }

    /** Whether all of the answer is here, so that what comes next is none of it. */
    boolean isRead() {
        return isRead;
    }

    private boolean isSent() {
        return sending == null || sending.isSent();
    }

    /**
     * An upstream that answers before it has all of the request does not want the rest, whatever
     * becomes of that while the answer is passed on.
     */
    boolean leavesConnectionOpen() {
        return !isLast;
    }

    // ── the answer, as it is passed on ──────────────────────────────────────────────────────────

    public HttpResponse head() {
        return Objects.requireNonNull(head);
    }

    /** Whether the upstream speaks another protocol from here on. */
    public boolean isSwitch() {
        return head().status().code() == HttpResponseStatus.SWITCHING_PROTOCOLS.code();
    }

    public boolean isBodiless() {
        int status = head().status().code();
        return isForAHead() || status == 204 || status == 304;
    }

    boolean isForAHead() {
        return method.equals(HttpMethod.HEAD);
    }

    boolean isForAnUpgrade() {
        return headers.contains(HttpHeaderNames.UPGRADE);
    }

    /** Sent in one piece with its head: most answers are. */
    public boolean isShort() {
        return longBody == null;
    }

    private static boolean isShort(HttpHeaders answer) {
        String length = answer.get(HttpHeaderNames.CONTENT_LENGTH);
        return length != null && length.length() <= DIGITS_OF_SHORT;
    }

    /** The body of a short answer, for whoever sends it. On any thread. */
    public ByteBuf whole() {
        ByteBuf taken = whole.getAndSet(null);
        return taken == null ? Unpooled.EMPTY_BUFFER : taken;
    }

    /** The connection, of which nobody here knows any more. */
    public Channel handOver() {
        isOver = true;
        return Objects.requireNonNull(connection).handOver();
    }

    /** The body of a long answer, of which no more goes on than the client takes in. */
    public Publisher<ByteBuf> to(Channel client) {
        return Objects.requireNonNull(longBody).to(client);
    }

    void readOn(boolean isWanted) {
        if (connection != null && !isRead) {
            connection.channel().config().setAutoRead(isWanted);
        }
    }

    // ── the end ─────────────────────────────────────────────────────────────────────────────────

    boolean isOver() {
        return isOver;
    }

    /**
     * A connection that was idle may have been closed on the other side just before it was used:
     * what only looks is asked once more.
     */
    void fail(Throwable cause, boolean mayBeStale) {
        if (mayBeStale && !isOver && !isRepeated && !isWrite() && body == null) {
            isRepeated = true;
            connection = null;
            pool.serveAgain(this);
        } else {
            fail(cause);
        }
    }

    void fail(Throwable cause) {
        if (isOver || isRead) {
            return;
        }
        stop();
        if (longBody != null) {
            longBody.fail(cause);
        } else if (!isTold && answered != null) {
            answered.accept(cause);
        }
    }

    /** Nobody wants more of it. On any thread, and also when it is over already. */
    public void close() {
        pool.run(
                () -> {
                    stop();
                    whole().release();
                    if (longBody != null) {
                        longBody.letGo();
                    }
                });
    }

    /**
     * Whoever has asked is gone. What a write that has reached the upstream comes to is still
     * heard: the head of the answer. On any thread.
     *
     * @param ended once: the head, if there is one
     */
    public void leave(Consumer<Optional<HttpResponse>> ended) {
        pool.run(
                () -> {
                    Consumer<@Nullable Throwable> end =
                            _ -> {
                                close();
                                ended.accept(Optional.ofNullable(head));
                            };
                    boolean isAnswerDue = connection != null && isSent() && !isTold && !isOver;
                    if (isAnswerDue && isWrite()) {
                        answered = end;
                    } else {
                        end.accept(null);
                    }
                });
    }

    public boolean isWrite() {
        return !method.equals(HttpMethod.GET)
                && !method.equals(HttpMethod.HEAD)
                && !method.equals(HttpMethod.OPTIONS);
    }

    private void stop() {
        if (isOver) {
            return;
        }
        isOver = true;
        if (patience != null) {
            patience.cancel(false);
        }
        if (sending != null) {
            sending.cancel();
        }
        if (connection == null) {
            pool.forget(this);
        } else if (!isRead) {
            connection.close();
        }
    }
}
