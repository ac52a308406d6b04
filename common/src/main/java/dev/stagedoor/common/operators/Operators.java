package dev.stagedoor.common.operators;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.SigningKey;
import dev.stagedoor.common.log.NowAndThen;
import dev.stagedoor.common.operators.Guesses.Guesser;

import org.jspecify.annotations.Nullable;

import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.util.Logger;
import reactor.util.Loggers;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Knows who may operate. Comparing with a hash is slow on purpose, so it is done on threads of its
 * own, one password of a name at a time: whoever guesses at one name keeps nobody of another name
 * waiting, and a name can be guessed at no faster than one hash after the other, from however many
 * addresses. All names that nobody has are one name.
 */
public final class Operators {

    private static final Logger LOG = Loggers.getLogger(Operators.class);

    private static final Pattern NAME = Pattern.compile("[\\p{L}\\p{N}._@-]{1,64}");
    private static final Set<String> OWN_SITE = Set.of("same-origin", "none");
    private static final String BASIC = "Basic ";
    private static final String BEARER = "Bearer ";
    private static final int FREE_GUESSES = 5;
    private static final int MOST_REMEMBERED = 1_000;
    private static final Duration REMEMBERED_FOR = Duration.ofMinutes(5);

    private static final Scheduler HASHING =
            Schedulers.newBoundedElastic(2, 1_000, "passwords", 60, true);

    private final ProblemCode required;
    private final String single;
    private final Map<String, Known> known = new HashMap<>();
    private final Known nobody;
    private final Guesses guesses;
    private final SigningKey seals = SigningKey.random("seals");

    /** Programs show their password with every request. Only from where it was right before. */
    private final Cache<String, Boolean> right =
            Caffeine.newBuilder()
                    .maximumSize(MOST_REMEMBERED)
                    .expireAfterWrite(REMEMBERED_FOR)
                    .build();

    /**
     * @param required says that a name and a password are needed
     * @param prefix of the settings: {@code <prefix>.password}, {@code <prefix>.operators.<name>}
     * @param single the name of whoever has the one password
     * @param password that one; blank if there is none
     */
    public Operators(
            ProblemCode required,
            String prefix,
            String single,
            String password,
            Map<String, Account> named,
            InstantSource clock) {
        this.required = required;
        this.single = single;
        this.guesses = new Guesses(clock, FREE_GUESSES);
        named.forEach((name, account) -> known.put(name, named(prefix, name, account)));
        if (!password.isBlank() && known.put(single, single(prefix, password)) != null) {
            throw new IllegalArgumentException(
                    "%1$s.operators.%2$s and %1$s.password are both for %2$s"
                            .formatted(prefix, single));
        }
        // Guessing at nobody takes as long as at somebody.
        this.nobody =
                new Known(
                        "",
                        new Account(null, null),
                        known.values().stream().findAny().map(Known::hash).orElse(""));
    }

    private record Known(
            String name,
            Account account,
            String hash,
            AtomicReference<Check> underWay,
            NowAndThen guesses) {
        Known(String name, Account account, String hash) {
            this(name, account, hash, new AtomicReference<>(), new NowAndThen());
        }
    }

    /** One password that is being compared. */
    private record Check(String seal, Mono<Login> login) {}

    /** As it is shown with every call, {@code Basic}, or {@code Bearer} with the one password. */
    public Mono<Login> login(@Nullable String authorization, @Nullable InetSocketAddress from) {
        if (authorization == null) {
            return Mono.just(refused());
        }
        if (isOf(BEARER, authorization)) {
            return login(single, authorization.substring(BEARER.length()).strip(), from);
        }
        String pair = isOf(BASIC, authorization) ? decode(authorization) : "";
        int colon = pair.indexOf(':');
        return colon < 0
                ? login("", "", from)
                : login(pair.substring(0, colon), pair.substring(colon + 1), from);
    }

    /**
     * While somebody must wait, nothing is looked at: a right password is as good as a wrong one,
     * or guessing would go on.
     */
    Mono<Login> login(String name, String password, @Nullable InetSocketAddress from) {
        return Mono.defer(
                () -> {
                    if (known.isEmpty()) {
                        return Mono.just(refused());
                    }
                    Known who = known.getOrDefault(name, nobody);
                    InetAddress address = address(from);
                    Guesser guesser = Guesser.of(who.name(), address);
                    return guesses.mustWait(guesser)
                            .map(wait -> Mono.just(tooSoon(wait)))
                            .orElseGet(() -> compare(who, guesser, address, password));
                });
    }

    private Login refused() {
        return new Login.Refused(Problem.of(required));
    }

    /**
     * Whether the page of another site asks. Every browser says of a request that changes something
     * where it comes from; no program needs to.
     *
     * @param said in the header of that name
     */
    public static boolean isForeign(Function<String, @Nullable String> said) {
        String site = said.apply("Sec-Fetch-Site");
        String origin = said.apply("Origin");
        return site != null && !OWN_SITE.contains(site)
                || origin != null && !isOwn(origin, said.apply("Host"));
    }

    private static boolean isOwn(String origin, @Nullable String host) {
        try {
            return host != null && host.equalsIgnoreCase(URI.create(origin).getAuthority());
        } catch (IllegalArgumentException _) {
            return false;
        }
    }

    public static InetAddress address(@Nullable InetSocketAddress from) {
        return from == null || from.getAddress() == null
                ? InetAddress.getLoopbackAddress()
                : from.getAddress();
    }

    private Mono<Login> compare(Known who, Guesser guesser, InetAddress from, String password) {
        String seal = seal(guesser, password);
        if (right.getIfPresent(seal) != null) {
            return Mono.just(granted(who));
        }
        Check mine =
                new Check(
                        seal,
                        Mono.fromCallable(() -> Passwords.match(password, who.hash()))
                                .subscribeOn(HASHING)
                                .map(isRight -> concluded(isRight, who, guesser, from, seal))
                                .doOnTerminate(() -> who.underWay().set(null))
                                .cache());
        Check first = who.underWay().compareAndExchange(null, mine);
        if (first == null) {
            return mine.login();
        }
        return first.seal().equals(seal) ? first.login() : Mono.just(tooSoon(Problem.SOON));
    }

    private Login concluded(
            boolean isRight, Known who, Guesser guesser, InetAddress from, String seal) {
        if (isRight && who != nobody) {
            right.put(seal, true);
            return granted(who);
        }
        guesses.wrong(guesser);
        who.guesses().say(more -> tell(who, from, more));
        return refused();
    }

    /** A name that nobody has is not repeated: it may be somebody's password. */
    private static void tell(Known who, InetAddress from, long more) {
        LOG.warn(
                "a wrong password for {} from {} ({} more since last said)",
                who.name().isEmpty() ? "an unknown name" : who.name(),
                from.getHostAddress(),
                more);
    }

    private static Login granted(Known who) {
        return new Login.Granted(who.name(), who.account().role());
    }

    private static Login tooSoon(Duration wait) {
        return new Login.Refused(Problem.of(ProblemCode.TOO_MANY_REQUESTS).retryAfter(wait));
    }

    private String seal(Guesser guesser, String password) {
        return Base64.getEncoder().encodeToString(seals.mac(guesser + "\n" + password));
    }

    private static Known named(String prefix, String name, Account account) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "a name in %s.operators is 1 to 64 letters, digits and . _ @ -"
                            .formatted(prefix));
        }
        String property = "%s.operators.%s.password".formatted(prefix, name);
        return new Known(name, account, Passwords.checkedHash(property, account.password()));
    }

    private Known single(String prefix, String password) {
        String property = prefix + ".password";
        return new Known(
                single,
                new Account(password, Role.OPERATOR),
                Passwords.isHash(password)
                        ? Passwords.checkedHash(property, password)
                        : Passwords.quickHash(property, password));
    }

    private static boolean isOf(String scheme, String authorization) {
        return authorization.regionMatches(true, 0, scheme, 0, scheme.length());
    }

    private static String decode(String authorization) {
        try {
            String encoded = authorization.substring(BASIC.length()).strip();
            return new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException _) {
            return "";
        }
    }
}
