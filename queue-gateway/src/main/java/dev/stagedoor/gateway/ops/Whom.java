package dev.stagedoor.gateway.ops;

import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.token.Guests;
import dev.stagedoor.gateway.waitingroom.Network;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/** Those whom an operator means: one user, all guests, or the guests of a network. */
sealed interface Whom {

    String RULE = "be a user id, an address, a /24 or a /64";

    Pattern UUID_FORM = Pattern.compile("[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");

    record User(UserId id) implements Whom {
        @Override
        public String toString() {
            return id.toString();
        }
    }

    record Many(String name, List<String> patterns) implements Whom {
        @Override
        public String toString() {
            return name;
        }
    }

    /** Whom one can keep out: not everybody. */
    static Optional<Whom> one(String text, Guests guests) {
        return user(text)
                .<Whom>map(User::new)
                .or(
                        () ->
                                Network.parse(text)
                                        .map(it -> new Many(it.toString(), guests.allFrom(it))));
    }

    static Optional<Whom> any(String text, Guests guests) {
        return text.equals("guests")
                ? Optional.of(new Many("guests", Guests.all()))
                : one(text, guests);
    }

    /** As the API writes ids, or as a UUID. */
    static Optional<UserId> user(String text) {
        return UUID_FORM.matcher(text).matches()
                ? Optional.of(new UserId(UUID.fromString(text)))
                : UserId.parse(text);
    }
}
