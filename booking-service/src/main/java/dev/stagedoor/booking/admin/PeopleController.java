package dev.stagedoor.booking.admin;

import dev.stagedoor.booking.people.Email;
import dev.stagedoor.booking.people.SigningIn;
import dev.stagedoor.booking.web.Fields;

import org.jspecify.annotations.Nullable;
import org.springframework.http.CacheControl;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

import reactor.core.publisher.Mono;

/** What an operator does for a buyer. */
@RestController
@RequestMapping("/admin")
record PeopleController(SigningIn signingIn, Changes changes) {

    /** For whoever has forgotten theirs: one to be read out. Whoever is signed in is so no more. */
    @PostMapping("/password-resets")
    Mono<ResponseEntity<Reset>> reset(
            @RequestBody Forgetful forgetful, @RequestAttribute(AdminFilter.BY) String by) {
        Email email = forgetful.checked();
        return signingIn
                .reset(email)
                .delayUntil(
                        reset -> changes.note(by, "password of %s reset".formatted(reset.user())))
                .map(
                        reset ->
                                ResponseEntity.ok()
                                        .cacheControl(CacheControl.noStore())
                                        .body(
                                                new Reset(
                                                        reset.user().toString(),
                                                        reset.password())));
    }

    record Forgetful(@Nullable String email) {

        Email checked() {
            String text = email == null ? "" : email;
            new Fields()
                    .must(Email.parse(text).isPresent(), "email", "be an e-mail address")
                    .orRefuse();
            return Email.parse(text).orElseThrow();
        }
    }

    record Reset(String userId, String password) {}
}
