package dev.stagedoor.common.tracing;

import dev.stagedoor.common.TraceId;

import org.jspecify.annotations.Nullable;

/** Follows requests from service to service. */
public interface Tracing extends AutoCloseable {

    /** Passes on what was given, or else a trace that begins here; nobody is told. */
    Tracing OFF = new Off();

    /**
     * @param name of the work, the same for many requests
     * @param traceparent as it came, if it did
     */
    Hop arrive(String name, String method, String path, @Nullable String traceparent);

    @Override
    void close();

    /** Costs a request nothing but the header. */
    record Off() implements Tracing {

        @Override
        public Hop arrive(String name, String method, String path, @Nullable String traceparent) {
            boolean isGiven = traceparent != null && TraceId.parent(traceparent) != null;
            return new Passing(isGiven ? traceparent : TraceId.newTraceparent());
        }

        @Override
        public void close() {}

        private record Passing(String traceparent) implements Hop {
            @Override
            public void end(int status) {}
        }
    }

    /** One request on its way through one service. */
    interface Hop {

        /** What to send on, so that whatever comes after is seen below this hop. */
        String traceparent();

        /**
         * It is over; only the first time counts.
         *
         * @param status that was answered, 0 if there was none
         */
        void end(int status);
    }
}
