package dev.stagedoor.booking.web.buyer;

import dev.stagedoor.booking.people.Email;
import dev.stagedoor.booking.people.SignIns;
import dev.stagedoor.booking.people.SigningIn;
import dev.stagedoor.booking.people.User;
import dev.stagedoor.booking.store.Lane;
import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.booking.web.Fields;
import dev.stagedoor.boot.Visitor;
import dev.stagedoor.common.AccessTokens;
import dev.stagedoor.common.Bearer;
import dev.stagedoor.common.Headers;
import dev.stagedoor.common.ProblemCode;

import org.jspecify.annotations.Nullable;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

import reactor.core.publisher.Mono;

import java.net.InetAddress;

/** For whoever comes back: to be known again, to stay known, and to be forgotten. */
@RestController
@RequestMapping("/api/v1")
record SignInController(SigningIn signingIn, SignIns signIns, AccessTokens tokens) {

    @PostMapping("/sign-ins")
    Mono<ResponseEntity<SignedIn>> signIn(
            @RequestBody Credentials credentials, ServerHttpRequest request) {
        Credentials it = credentials.checked();
        return Lane.OPEN
                .take(signingIn.signIn(it.parsedEmail(), it.password(), from(request)))
                .map(signed -> answer(HttpStatus.CREATED, signed.user(), signed.bearer(), request));
    }

    /** Another access token for one that has run out, or will. */
    @PostMapping("/sign-ins/renewal")
    Mono<ResponseEntity<SignedIn>> renew(ServerHttpRequest request) {
        return bearer(request)
                .flatMap(
                        bearer ->
                                Lane.OPEN
                                        .take(signIns.renew(bearer))
                                        .map(user -> answer(HttpStatus.OK, user, bearer, request)));
    }

    /** Here; also of a token that has run out, and twice is once. */
    @DeleteMapping("/sign-ins/current")
    Mono<ResponseEntity<Void>> signOut(ServerHttpRequest request) {
        return bearer(request)
                .onErrorComplete(Refusal.class)
                .flatMap(bearer -> Lane.OPEN.take(signIns.end(bearer)))
                .then(Mono.fromSupplier(() -> signedOut(request)));
    }

    @DeleteMapping("/sign-ins")
    Mono<ResponseEntity<Void>> signOutEverywhere(
            @RequestAttribute(Visitor.ATTRIBUTE) Visitor visitor, ServerHttpRequest request) {
        return signIns.endAll(visitor.user()).then(Mono.fromSupplier(() -> signedOut(request)));
    }

    @PutMapping("/users/me/sign-in")
    Mono<ResponseEntity<Void>> keep(
            @RequestAttribute(Visitor.ATTRIBUTE) Visitor visitor,
            @RequestBody Credentials credentials,
            ServerHttpRequest request) {
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
        return AccessCookie.shown(request)
                .flatMap(tokens::verifyFormer)
                .map(Mono::just)
                .orElseGet(() -> Refusal.because(ProblemCode.SIGN_IN_REQUIRED));
    }

    private ResponseEntity<SignedIn> answer(
            HttpStatus status, User user, Bearer bearer, ServerHttpRequest request) {
        String token = tokens.sign(bearer);
        return ResponseEntity.status(status)
                .header(HttpHeaders.SET_COOKIE, AccessCookie.of(token, request).toString())
                .cacheControl(CacheControl.noStore())
                .body(new SignedIn(user.id().toString(), user.name(), user.email(), token));
    }

    private static ResponseEntity<Void> signedOut(ServerHttpRequest request) {
        return ResponseEntity.noContent()
                .header(HttpHeaders.SET_COOKIE, AccessCookie.none(request).toString())
                .build();
    }

    /** As the gateway believes it to be. */
    private static @Nullable InetAddress from(ServerHttpRequest request) {
        String client = request.getHeaders().getFirst(Headers.CLIENT);
        try {
            return client == null ? null : InetAddress.ofLiteral(client);
        } catch (IllegalArgumentException _) {
            return null;
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
                    .must(
                            password != null && SigningIn.isPassword(password),
                            "password",
                            SigningIn.PASSWORD_RULE)
                    .orRefuse();
            return this;
        }

        Email parsedEmail() {
            return Email.parse(email).orElseThrow();
        }
    }

    /**
     * @param email null for a guest, who has a sign-in as well
     */
    record SignedIn(String userId, String name, @Nullable String email, String accessToken) {}
}
