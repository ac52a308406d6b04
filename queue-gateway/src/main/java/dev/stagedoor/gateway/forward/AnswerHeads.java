package dev.stagedoor.gateway.forward;

import io.netty.handler.codec.http.HttpHeaders;

import java.util.function.Predicate;

/** What the client is told of an answer: what the upstream said, but for what only we may say. */
public final class AnswerHeads {

    private static final String CORS = "access-control-";

    private final Predicate<String> ours;

    /**
     * @param originsAreOurs whether the gateway says which origins may read an answer: the upstream
     *     must not contradict, and saying it twice is as bad as not at all
     */
    public AnswerHeads(boolean originsAreOurs) {
        this.ours = originsAreOurs ? name -> name.startsWith(CORS) : _ -> false;
    }

    void write(HttpHeaders answer, HttpHeaders headers) {
        HopByHop.copyToClient(answer, headers, ours);
    }
}
