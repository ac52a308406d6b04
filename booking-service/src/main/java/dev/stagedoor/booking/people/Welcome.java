package dev.stagedoor.booking.people;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import dev.stagedoor.booking.store.Transactions;
import dev.stagedoor.common.UserId;

import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;

/**
 * Users for whom an identity provider vouches do not register here: they are written down when they
 * first come, and remembered, so that it is asked of the database once.
 */
@Component
public final class Welcome {

    private static final int MOST = 100_000;

    private final Users users;
    private final Transactions transactions;
    private final Cache<UserId, Boolean> met = Caffeine.newBuilder().maximumSize(MOST).build();

    Welcome(Users users, Transactions transactions) {
        this.users = users;
        this.transactions = transactions;
    }

    public Mono<Void> to(UserId user) {
        return user.isNamed() && met.getIfPresent(user) == null
                ? transactions.run(users.meet(user)).doOnSuccess(_ -> met.put(user, true))
                : Mono.empty();
    }
}
