package dev.stagedoor.booking.web.buyer;

import dev.stagedoor.booking.people.User;
import dev.stagedoor.booking.people.Users;
import dev.stagedoor.booking.store.Lane;
import dev.stagedoor.booking.web.Fields;
import dev.stagedoor.booking.web.Welcoming;
import dev.stagedoor.common.AccessTokens;
import dev.stagedoor.common.Bearer;
import dev.stagedoor.common.UserId;

import org.jspecify.annotations.Nullable;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

import reactor.core.publisher.Mono;

@RestController
@RequestMapping("/api/v1/users")
record UserController(Users users, AccessTokens tokens) {

    private static final int LONGEST_NAME = 100;

    @PostMapping
    Mono<ResponseEntity<?>> register(
            @RequestBody Registration registration, ServerHttpRequest request) {
        String name = registration.checkedName();
        return Lane.OPEN
                .take(users.register(name))
                .map(introduced -> answer(HttpStatus.CREATED, introduced, request));
    }

    /**
     * For whoever has come through the line as a guest: from now on the sale knows them. A pass
     * proves a place in the line and not who somebody is: an access token there is once, as long as
     * nobody is known by that place.
     */
    @PutMapping("/me")
    Mono<ResponseEntity<?>> introduce(
            @RequestAttribute(Welcoming.USER) UserId user,
            @RequestBody Registration registration,
            ServerHttpRequest request) {
        String name = registration.checkedName();
        return users.introduce(user, name)
                .map(introduced -> answer(HttpStatus.OK, introduced, request));
    }

    @GetMapping("/me")
    Mono<Me> me(@RequestAttribute(Welcoming.USER) UserId user) {
        return users.find(user).map(Me::of);
    }

    private ResponseEntity<?> answer(
            HttpStatus status, Users.Introduced introduced, ServerHttpRequest request) {
        User user = introduced.user();
        Bearer bearer = introduced.bearer();
        return bearer == null
                ? ResponseEntity.ok().cacheControl(CacheControl.noStore()).body(Me.of(user))
                : registered(status, user, tokens.sign(bearer), request);
    }

    /** A program keeps the token, a browser the cookie; no script of a page can read that. */
    private static ResponseEntity<Registered> registered(
            HttpStatus status, User user, String token, ServerHttpRequest request) {
        return ResponseEntity.status(status)
                .header(HttpHeaders.SET_COOKIE, AccessCookie.of(token, request).toString())
                .cacheControl(CacheControl.noStore())
                .body(new Registered(user.id().toString(), user.name(), token));
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
                    && Fields.isPlain(text);
        }
    }

    record Registered(String userId, String name, String accessToken) {}

    /**
     * @param email null for a guest
     */
    record Me(String userId, String name, @Nullable String email) {
        static Me of(User user) {
            return new Me(user.id().toString(), user.name(), user.email());
        }
    }
}
