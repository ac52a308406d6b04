package dev.stagedoor.booking.web.buyer;

import dev.stagedoor.booking.people.Email;
import dev.stagedoor.booking.people.Passwords;
import dev.stagedoor.booking.people.SignIns;
import dev.stagedoor.booking.people.SigningIn;
import dev.stagedoor.booking.people.User;
import dev.stagedoor.booking.people.Users;
import dev.stagedoor.booking.store.Lane;
import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.booking.web.Fields;
import dev.stagedoor.boot.Visitor;
import dev.stagedoor.common.AccessTokens;
import dev.stagedoor.common.Bearer;
import dev.stagedoor.common.Headers;
import dev.stagedoor.common.IpAddress;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.UserId;

import org.jspecify.annotations.Nullable;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

import reactor.core.publisher.Mono;

import java.net.InetAddress;

/** Who a buyer is: somebody with a name, who may come back, stays known, and is forgotten. */
@RestController
@RequestMapping(path = "/api/v1", produces = MediaType.APPLICATION_JSON_VALUE)
record UserController(Users users, SigningIn signingIn, SignIns signIns, AccessTokens tokens) {

    private static final int LONGEST_NAME = 100;

    @PostMapping("/users")
    Mono<ResponseEntity<?>> register(
            @RequestBody Registration registration, ServerHttpRequest request) {
        String name = registration.checkedName();
        return Lane.OPEN.take(introduced(HttpStatus.CREATED, UserId.random(), name, request));
    }

    /**
     * For whoever has come through the line as a guest: from now on the sale knows them. A pass
     * proves a place in the line and not who somebody is: an access token there is once, as long as
     * nobody is known by that place.
     */
    @PutMapping("/users/me")
    Mono<ResponseEntity<?>> introduce(
            Visitor visitor, @RequestBody Registration registration, ServerHttpRequest request) {
        String name = registration.checkedName();
        return introduced(HttpStatus.OK, visitor.user(), name, request);
    }

    @GetMapping("/users/me")
    Mono<User> me(Visitor visitor) {
        return users.find(visitor.user());
    }

    private Mono<ResponseEntity<?>> introduced(
            HttpStatus status, UserId id, String name, ServerHttpRequest request) {
        return users.introduce(id, name)
                .map(tokens::sign)
                .<ResponseEntity<?>>map(
                        token -> known(status, token, new Registered(id, name, token), request))
                .switchIfEmpty(users.find(id).map(ResponseEntity::ok));
    }

    /** A program keeps the token, a browser the cookie; no script of a page can read that. */
    private static <T> ResponseEntity<T> known(
            HttpStatus status, String token, T document, ServerHttpRequest request) {
        return ResponseEntity.status(status)
                .header(HttpHeaders.SET_COOKIE, AccessCookie.of(token, request).toString())
                .cacheControl(CacheControl.noStore())
                .body(document);
    }

    // ── who comes back ──────────────────────────────────────────────────────────────────────────

    @PostMapping("/sign-ins")
    Mono<ResponseEntity<SignedIn>> signIn(
            @RequestBody Credentials credentials, ServerHttpRequest request) {
        Credentials it = credentials.checked();
        return Lane.OPEN
                .take(signingIn.signIn(it.parsedEmail(), it.password(), from(request)))
                .map(
                        signed ->
                                signedIn(
                                        HttpStatus.CREATED,
                                        signed.user(),
                                        signed.bearer(),
                                        request));
    }

    /** Another access token for one that has run out, or will. */
    @PostMapping("/sign-ins/renewal")
    Mono<ResponseEntity<?>> renew(ServerHttpRequest request) {
        return bearer(request)
                .flatMap(
                        bearer ->
                                Lane.OPEN
                                        .take(signIns.renew(bearer))
                                        .map(user -> renewed(user, bearer, request)));
    }

    /** By a cookie for a cookie: the browser sends it for whatever script asks. */
    private ResponseEntity<?> renewed(User user, Bearer bearer, ServerHttpRequest request) {
        return AccessCookie.shownByAProgram(request).isPresent()
                ? signedIn(HttpStatus.OK, user, bearer, request)
                : known(HttpStatus.OK, tokens.sign(bearer), user, request);
    }

    /** Here; also of a token that has run out, and twice is once. */
    @DeleteMapping("/sign-ins/current")
    Mono<ResponseEntity<Void>> signOut(ServerHttpRequest request) {
        return bearer(request)
                .onErrorComplete(Refusal.class)
                .flatMap(bearer -> Lane.OPEN.take(signIns.end(bearer)))
                .then(Mono.fromSupplier(() -> signedOut(request)));
    }

    /** A place alone is not enough: its copies stand in logs, and a sign-in is all a guest has. */
    @DeleteMapping("/sign-ins")
    Mono<ResponseEntity<Void>> signOutEverywhere(Visitor visitor, ServerHttpRequest request) {
        if (visitor.signIn() == null) {
            return Refusal.because(ProblemCode.SIGN_IN_REQUIRED);
        }
        return signIns.endAll(visitor.user()).then(Mono.fromSupplier(() -> signedOut(request)));
    }

    @PutMapping("/users/me/sign-in")
    Mono<ResponseEntity<Void>> keep(
            Visitor visitor, @RequestBody Credentials credentials, ServerHttpRequest request) {
        Credentials it = credentials.checked();
        return signingIn
                .keep(
                        new Bearer(visitor.user(), visitor.signIn()),
                        it.parsedEmail(),
                        it.password(),
                        it.currentPassword(),
                        from(request))
                .thenReturn(ResponseEntity.noContent().build());
    }

    private Mono<Bearer> bearer(ServerHttpRequest request) {
        return Mono.justOrEmpty(AccessCookie.shown(request).flatMap(tokens::verifyFormer))
                .switchIfEmpty(Refusal.because(ProblemCode.SIGN_IN_REQUIRED));
    }

    private ResponseEntity<SignedIn> signedIn(
            HttpStatus status, User user, Bearer bearer, ServerHttpRequest request) {
        String token = tokens.sign(bearer);
        var document = new SignedIn(user.userId(), user.name(), user.email(), token);
        return known(status, token, document, request);
    }

    private static ResponseEntity<Void> signedOut(ServerHttpRequest request) {
        return ResponseEntity.noContent()
                .header(HttpHeaders.SET_COOKIE, AccessCookie.none(request).toString())
                .build();
    }

    /** As the gateway believes it to be. */
    private static @Nullable InetAddress from(ServerHttpRequest request) {
        String client = request.getHeaders().getFirst(Headers.CLIENT);
        return client == null ? null : IpAddress.read(client);
    }

    // ── what is said ────────────────────────────────────────────────────────────────────────────

    record Registration(@Nullable String name) {

        String checkedName() {
            String stripped = name == null ? "" : name.strip();
            new Fields().name(stripped, "name", LONGEST_NAME).orRefuse();
            return stripped;
        }
    }

    record Registered(UserId userId, String name, String accessToken) {
        @Override
        public String toString() {
            return "Registered[userId=" + userId + "]";
        }
    }

    /**
     * @param currentPassword of whoever has one and wants another
     */
    record Credentials(
            @Nullable String email, @Nullable String password, @Nullable String currentPassword) {

        Credentials checked() {
            new Fields()
                    .must(
                            email != null && Email.parse(email).isPresent(),
                            "email",
                            "be an e-mail address")
                    .must(password != null && Passwords.isFit(password), "password", Passwords.RULE)
                    .orRefuse();
            return this;
        }

        Email parsedEmail() {
            return Email.parse(email).orElseThrow();
        }

        @Override
        public String toString() {
            return "Credentials[email=" + email + "]";
        }
    }

    /**
     * @param email null for a guest, who has a sign-in as well
     */
    record SignedIn(UserId userId, String name, @Nullable String email, String accessToken) {
        @Override
        public String toString() {
            return "SignedIn[userId=" + userId + "]";
        }
    }
}
