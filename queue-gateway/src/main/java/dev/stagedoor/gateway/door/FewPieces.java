package dev.stagedoor.gateway.door;

import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SynchronousSink;

/**
 * A request whose body comes in few pieces, with nothing of the reads that they came in: the
 * framework keeps them all until it has the last, and one byte, in a packet of its own, would take
 * hundreds of the heap. What is so long that a copy costs something, it does not take.
 */
final class FewPieces extends ServerHttpRequestDecorator {

    private static final int LARGE_ENOUGH = 1024;

    FewPieces(ServerHttpRequest request) {
        super(request);
    }

    @Override
    public Flux<DataBuffer> getBody() {
        return Flux.using(
                Gathered::new,
                gathered ->
                        super.getBody()
                                .<DataBuffer>handle(gathered::add)
                                .concatWith(Mono.fromSupplier(gathered::rest)),
                Gathered::forget);
    }

    private static final class Gathered {

        private @Nullable DataBuffer sofar;

        void add(DataBuffer part, SynchronousSink<DataBuffer> to) {
            DataBuffer all =
                    sofar == null ? part.factory().allocateBuffer(part.readableByteCount()) : sofar;
            sofar = all.write(part);
            DataBufferUtils.release(part);
            if (all.readableByteCount() >= LARGE_ENOUGH) {
                sofar = null;
                to.next(all);
            }
        }

        @Nullable DataBuffer rest() {
            DataBuffer rest = sofar;
            sofar = null;
            return rest;
        }

        void forget() {
            DataBufferUtils.release(rest());
        }
    }
}
