package dev.stagedoor.gateway.door;

import dev.stagedoor.common.Problem;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;

import org.jspecify.annotations.Nullable;

/** What one door has found out of a request, and leaves to the next one. */
sealed interface Left {

    AttributeKey<Left> LEFT = AttributeKey.valueOf("stagedoor-left");

    /** What is to be carried out. */
    record Known(Door.Answer answer) implements Left {}

    /** What is on its way already. */
    record Begun(Carrying.Trip trip) implements Left {}

    record Refused(Problem problem) implements Left {}

    static void leave(Channel channel, Left left) {
        channel.attr(LEFT).set(left);
    }

    static @Nullable Left take(Channel channel) {
        return channel.attr(LEFT).getAndSet(null);
    }
}
