package dev.stagedoor.gateway.forward;

import dev.stagedoor.common.log.NowAndThen;
import dev.stagedoor.gateway.upstream.Origin;
import dev.stagedoor.gateway.upstream.Pool;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.handler.codec.CodecException;
import io.netty.handler.timeout.ReadTimeoutException;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.ssl.NoSuchSslBundleException;

import reactor.netty.Connection;
import reactor.netty.channel.AbortedException;
import reactor.netty.http.server.HttpServerResponse;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/** From what went wrong with the upstream to what came of the request. */
final class Failures {

    private static final Logger LOG = LoggerFactory.getLogger(Failures.class);

    /** Errors quote what a site has sent, and a terminal would do as it says. */
    private static final Pattern CONTROLS = Pattern.compile("\\p{Cntrl}");

    /** An outage fails thousands of requests a second: the meters count them, this tells why. */
    private final Map<String, NowAndThen> telling = new ConcurrentHashMap<>();

    private final NowAndThen mistakes = new NowAndThen();

    Forwarded of(Throwable error, Origin origin, HttpServerResponse response) {
        Channel client = ((Connection) response).channel();
        // whoever hangs up in the middle breaks it off, and so do we who stop, where a client has
        // slipped in just before: the upstream has no part in it
        if (response.hasSentHeaders()
                || !client.isActive()
                || client.eventLoop().isShuttingDown()) {
            return new Forwarded.BrokenOff();
        }
        return switch (error) {
            case Pool.Busy _ -> unanswered(Forwarded.Failed.BUSY, origin, error);
            case Body.BrokenOff _ -> new Forwarded.BrokenOff();
            case Body.Refused refused -> last(refused.outcome, response);
            case ReadTimeoutException _ -> unanswered(Forwarded.Failed.TIMEOUT, origin, error);
            case IOException _,
                    CodecException _,
                    ChannelException _,
                    AbortedException _,
                    IllegalArgumentException _,
                    NoSuchSslBundleException _ ->
                    unanswered(Forwarded.Failed.UNREACHABLE, origin, error);
            default -> ours(error);
        };
    }

    /** Nobody wants to have the rest: it goes with the connection. */
    private static Forwarded last(Forwarded failed, HttpServerResponse response) {
        response.keepAlive(false);
        return failed;
    }

    /** A mistake in this program: nobody else is to be blamed, and somebody must look. */
    private Forwarded ours(Throwable error) {
        LOG.atError()
                .setCause(mistakes.isTime() ? error : null)
                .log("Could not forward: {}", error.toString());
        return Forwarded.Failed.INTERNAL;
    }

    /** There is none, it is too late, or it cannot be read. */
    private Forwarded unanswered(Forwarded outcome, Origin origin, Throwable error) {
        String what = origin.url() + ", " + outcome.outcome();
        if (telling.computeIfAbsent(what, _ -> new NowAndThen()).isTime()) {
            LOG.warn(
                    "No answer from the upstream {}: {}",
                    what,
                    CONTROLS.matcher(error.toString()).replaceAll("?"));
        }
        return outcome;
    }
}
