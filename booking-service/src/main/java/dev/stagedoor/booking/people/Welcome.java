package dev.stagedoor.booking.people;

import dev.stagedoor.booking.store.Transactions;
import dev.stagedoor.common.UserId;

import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Users for whom an identity provider vouches do not register here: they are written down when they
 * first come, and remembered, so that it is asked of the database once.
 */
@Component
public final class Welcome {

    private static final int MOST = 100_000;

    private final Users users;
    private final Transactions transactions;
    private final Set<UserId> met = ConcurrentHashMap.newKeySet();

    Welcome(Users users, Transactions transactions) {
        this.users = users;
        this.transactions = transactions;
    }

    public Mono<Void> to(UserId user) {
        return user.isNamed() && !met.contains(user)
                ? transactions.run(users.meet(user)).doOnSuccess(_ -> remember(user))
                : Mono.empty();
    }

    private void remember(UserId user) {
        if (met.size() >= MOST) {
            met.clear();
        }
        met.add(user);
    }
}
