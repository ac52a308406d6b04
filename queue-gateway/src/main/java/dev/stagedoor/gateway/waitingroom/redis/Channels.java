package dev.stagedoor.gateway.waitingroom.redis;

import static org.springframework.data.redis.connection.SubscriptionListener.NO_OP_SUBSCRIPTION_LISTENER;

import org.jspecify.annotations.Nullable;
import org.springframework.data.redis.connection.ReactiveRedisConnection;
import org.springframework.data.redis.connection.ReactiveSubscription;
import org.springframework.data.redis.connection.ReactiveSubscription.Message;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The channels of all rooms, which are heard on one connection: Redis has only so many. Whoever
 * goes may have waited in vain on one whose server is gone: those who come later get another one,
 * and it is closed when the last of those who hear something there has gone.
 */
final class Channels {

    /** Letter by letter what the user of the gateways may hear, or Redis refuses it. */
    private static final String ALL = "wr:*";

    private final Flux<Said> all;
    private final AtomicReference<@Nullable Flux<Said>> latest = new AtomicReference<>();

    record Said(String channel, String words) {

        private static Said of(Message<ByteBuffer, ByteBuffer> message) {
            return new Said(text(message.getChannel()), text(message.getMessage()));
        }

        private static String text(ByteBuffer bytes) {
            return StandardCharsets.UTF_8.decode(bytes).toString();
        }
    }

    Channels(ReactiveStringRedisTemplate redis) {
        this(heard(redis));
    }

    /**
     * @param all each time on a connection of its own
     */
    Channels(Flux<Said> all) {
        this.all = all;
    }

    /** What is said on one of them from now on. */
    Flux<String> of(String channel) {
        return Flux.defer(() -> on(connection(), channel));
    }

    private Flux<Said> connection() {
        return latest.updateAndGet(it -> it == null ? all.share() : it);
    }

    private Flux<String> on(Flux<Said> connection, String channel) {
        return connection
                .filter(said -> said.channel().equals(channel))
                .map(Said::words)
                .doOnCancel(() -> latest.compareAndSet(connection, null));
    }

    /**
     * Closed as it stands. Spring Data would unsubscribe first, and where that fails log an error
     * and leave it open.
     */
    private static Flux<Said> heard(ReactiveStringRedisTemplate redis) {
        return Flux.usingWhen(
                        Mono.fromSupplier(redis.getConnectionFactory()::getReactiveConnection),
                        Channels::heard,
                        ReactiveRedisConnection::closeLater)
                .map(Said::of);
    }

    private static Flux<Message<ByteBuffer, ByteBuffer>> heard(ReactiveRedisConnection connection) {
        return connection
                .pubSubCommands()
                .createSubscription(NO_OP_SUBSCRIPTION_LISTENER)
                .flatMapMany(Channels::heard);
    }

    private static Flux<Message<ByteBuffer, ByteBuffer>> heard(ReactiveSubscription subscription) {
        Mono<Void> begin = subscription.pSubscribe(StandardCharsets.UTF_8.encode(ALL));
        return subscription.receive().mergeWith(begin.then(Mono.empty()));
    }
}
