package dev.stagedoor.gateway.forward;

import dev.stagedoor.common.SessionCommand;
import dev.stagedoor.gateway.request.Caller;
import dev.stagedoor.gateway.share.Shares.Share;
import dev.stagedoor.gateway.upstream.Origin;
import dev.stagedoor.gateway.upstream.Pools.Lane;

import reactor.core.publisher.Mono;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** A request on its way; without a pass on open paths, with one as of when it goes on. */
public record Passage(
        Caller caller,
        Origin origin,
        Lane lane,
        Optional<Supplier<String>> pass,
        Session session,
        Share share,
        Hold hold) {

    /** What is under way, and ends when the last who holds on to it has let go. */
    public static final class Hold {

        private final AtomicInteger holders = new AtomicInteger(1);
        private final Runnable whenItEnds;

        public Hold(Runnable whenItEnds) {
            this.whenItEnds = whenItEnds;
        }

        void holdOn() {
            holders.incrementAndGet();
        }

        public void letGo() {
            if (holders.decrementAndGet() == 0) {
                whenItEnds.run();
            }
        }
    }

    /** Of a visitor's session, what the way must know; as it is, of those without. */
    public interface Session {

        Session NONE = new Session() {};

        /** What the upstream says of it, before its answer goes on. */
        default Mono<Void> obey(SessionCommand command) {
            return Mono.empty();
        }

        /**
         * Comes to its end as soon as the visitor may stay no longer.
         *
         * @param isUsed whether the visitor has sent anything since this was asked the last time
         */
        default Mono<Void> over(BooleanSupplier isUsed) {
            return Mono.never();
        }
    }
}
