package dev.stagedoor.gateway.forward;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;

import org.springframework.util.unit.DataSize;

import reactor.core.publisher.Flux;
import reactor.netty.http.server.HttpServerRequest;

import java.util.List;
import java.util.function.Predicate;

/**
 * The body of a request. Its beginning, mostly all of it, is waited for before a connection to the
 * upstream is taken: a body that drips in (slow post) holds nothing but the visitor's own.
 */
final class RequestBody {

    private static final int DIGITS_OF_LONG = 18;

    private final HttpServerRequest request;
    private final long mostAtOnce;
    private final long most;

    RequestBody(HttpServerRequest request, DataSize mostAtOnce, DataSize most) {
        this.request = request;
        this.mostAtOnce = mostAtOnce.toBytes();
        this.most = most.toBytes();
    }

    /** More came than anybody may send. */
    static final class TooLarge extends RuntimeException {

        private static final long serialVersionUID = 1;
        private static final TooLarge INSTANCE = new TooLarge();

        private TooLarge() {
            super("A body is too large", null, false, false);
        }
    }

    boolean isNone() {
        HttpHeaders headers = request.requestHeaders();
        return !Heads.isChunked(request)
                && "0".equals(headers.get(HttpHeaderNames.CONTENT_LENGTH, "0"));
    }

    /** First all that is waited for, in one piece, then piece by piece what may follow. */
    Flux<List<ByteBuf>> parts() {
        if (isTooLargeAsTold()) {
            return Flux.error(TooLarge.INSTANCE);
        }
        Flux<ByteBuf> counted = request.receive().retain().handle(new Counting()::pass);
        return counted.bufferUntil(isEnough()).doOnDiscard(ByteBuf.class, ByteBuf::release);
    }

    private boolean isTooLargeAsTold() {
        String length = request.requestHeaders().get(HttpHeaderNames.CONTENT_LENGTH, "0");
        return length.length() > DIGITS_OF_LONG || Long.parseLong(length) > most;
    }

    private Predicate<ByteBuf> isEnough() {
        return new Predicate<>() {
            private long sofar;

            @Override
            public boolean test(ByteBuf part) {
                sofar += part.readableBytes();
                return sofar >= mostAtOnce;
            }
        };
    }

    private final class Counting {

        private long sofar;

        void pass(ByteBuf part, reactor.core.publisher.SynchronousSink<ByteBuf> sink) {
            sofar += part.readableBytes();
            if (sofar > most) {
                part.release();
                sink.error(TooLarge.INSTANCE);
            } else {
                sink.next(part);
            }
        }
    }
}
