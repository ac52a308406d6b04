package dev.stagedoor.booking.web;

import dev.stagedoor.booking.people.User;
import dev.stagedoor.booking.people.Users;
import dev.stagedoor.booking.store.Transactions;
import dev.stagedoor.common.AccessTokens;
import dev.stagedoor.common.UserId;

import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

import reactor.core.publisher.Mono;

@RestController
@RequestMapping("/api/v1/users")
final class UserController {

    private static final int LONGEST_NAME = 100;

    private final Users users;
    private final Transactions transactions;
    private final AccessTokens tokens;

    UserController(Users users, Transactions transactions, AccessTokens tokens) {
        this.users = users;
        this.transactions = transactions;
        this.tokens = tokens;
    }

    @PostMapping
    @ResponseStatus(HttpStatus.CREATED)
    Mono<Registered> register(@RequestBody Registration registration) {
        String name = registration.checkedName();
        return transactions
                .run(users.register(name))
                .map(user -> new Registered(user.id().toString(), name, tokens.sign(user.id())));
    }

    @GetMapping("/me")
    Mono<Me> me(@RequestAttribute(PassFilter.USER) UserId user) {
        return Transactions.reading(users.find(user)).map(Me::of);
    }

    record Registration(@Nullable String name) {

        String checkedName() {
            String stripped = name == null ? "" : name.strip();
            new Fields().must(isName(stripped), "name", "be 1 to 100 characters").orRefuse();
            return stripped;
        }

        private static boolean isName(String text) {
            return !text.isEmpty()
                    && text.codePointCount(0, text.length()) <= LONGEST_NAME
                    && text.codePoints().noneMatch(Character::isISOControl);
        }
    }

    record Registered(String userId, String name, String accessToken) {}

    record Me(String userId, String name) {
        static Me of(User user) {
            return new Me(user.id().toString(), user.name());
        }
    }
}
