package dev.stagedoor.gateway.connection;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpHeadersFactory;
import io.netty.handler.codec.http.TooLongHttpHeaderException;

/**
 * Heads and trailers of so many fields and no more. On the line a field takes four bytes, on the
 * heap a hundred: a head that is not long can be a large one.
 *
 * @param usual whose fields they are, and how these are looked at
 */
record FewFields(DefaultHttpHeadersFactory usual) implements HttpHeadersFactory {

    /** A browser and three proxies send some sixty. */
    static final int MOST = 128;

    @Override
    public HttpHeaders newHeaders() {
        return new Fields(usual);
    }

    @Override
    public HttpHeaders newEmptyHeaders() {
        return usual.newEmptyHeaders();
    }

    private static final class Fields extends DefaultHttpHeaders {

        Fields(DefaultHttpHeadersFactory usual) {
            super(usual.getNameValidator(), usual.getValueValidator());
        }

        /** As the decoder does it, one by one. */
        @Override
        public HttpHeaders add(CharSequence name, Object value) {
            if (size() == MOST) {
                throw new TooLongHttpHeaderException("more than " + MOST + " fields");
            }
            return super.add(name, value);
        }
    }
}
