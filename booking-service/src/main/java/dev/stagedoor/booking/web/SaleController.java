package dev.stagedoor.booking.web;

import com.fasterxml.jackson.annotation.JsonInclude;

import dev.stagedoor.booking.catalogue.Catalogue;
import dev.stagedoor.booking.catalogue.ConcertId;
import dev.stagedoor.booking.catalogue.Plan;
import dev.stagedoor.booking.catalogue.Schedule;
import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.idempotency.Answer;
import dev.stagedoor.booking.idempotency.Desk;
import dev.stagedoor.booking.idempotency.Request;
import dev.stagedoor.booking.sale.PaymentId;
import dev.stagedoor.booking.sale.ReservationId;
import dev.stagedoor.booking.sale.Sale;
import dev.stagedoor.booking.sale.Sale.Best;
import dev.stagedoor.booking.sale.SaleSettings;
import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.booking.web.WebMeters.Act;
import dev.stagedoor.boot.Visitor;
import dev.stagedoor.common.Headers;
import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.SessionCommand;
import dev.stagedoor.common.Sha256;

import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;

import reactor.core.publisher.Mono;

import tools.jackson.databind.json.JsonMapper;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** What a user does. */
@RestController
@RequestMapping("/api/v1")
record SaleController(
        Catalogue catalogue,
        SaleSettings settings,
        Sale sale,
        Desk desk,
        JsonMapper json,
        WebMeters meters) {

    static final String KEY = "Idempotency-Key";
    private static final String REPLAYED = "Idempotency-Replayed";

    /** Visible ASCII. */
    private static final Pattern VALUE = Pattern.compile("[\\x21-\\x7e]{1,255}");

    private static final Predicate<Throwable> NOWHERE =
            Refusal.says(ProblemCode.SCHEDULE_NOT_FOUND);

    private static final byte[] NO_FINGERPRINT = {};

    private static final String NOTHING = "";

    @PostMapping("/reservations")
    Mono<ResponseEntity<byte[]>> hold(@RequestBody Wish wish, ServerWebExchange exchange) {
        wish.check(settings.seatsPerReservation());
        return write(Act.HOLD, exchange, wish, by -> hold(by, wish));
    }

    /** What was held under a key stays so, whatever has become of the date it was asked by. */
    private Mono<Answer> hold(Request by, Wish wish) {
        return schedule(wish)
                .map(schedule -> hold(by, schedule, wish))
                .onErrorResume(
                        Refusal.class,
                        why ->
                                Mono.just(
                                        by.key() == null
                                                ? Mono.error(why)
                                                : sale.heldBefore(by)
                                                        .onErrorMap(NOWHERE, _ -> why)))
                .flatMap(act -> act);
    }

    private Mono<Answer> hold(Request by, ScheduleId schedule, Wish wish) {
        return wish.seatNumbers() != null
                ? sale.hold(by, schedule, new TreeSet<>(wish.seatNumbers()))
                : sale.holdBest(by, schedule, wish.best());
    }

    @DeleteMapping("/reservations/{reservationId}")
    Mono<ResponseEntity<byte[]>> giveBack(
            @PathVariable ReservationId reservationId, ServerWebExchange exchange) {
        return write(Act.GIVE_BACK, exchange, NOTHING, by -> sale.giveBack(by, reservationId));
    }

    @PostMapping("/reservations/{reservationId}/payment")
    Mono<ResponseEntity<byte[]>> pay(
            @PathVariable ReservationId reservationId, ServerWebExchange exchange) {
        return write(Act.PAY, exchange, NOTHING, by -> sale.pay(by, reservationId));
    }

    @PostMapping("/payments/{paymentId}/refund")
    Mono<ResponseEntity<byte[]>> refund(
            @PathVariable PaymentId paymentId, ServerWebExchange exchange) {
        return write(Act.REFUND, exchange, NOTHING, by -> sale.refund(by, paymentId));
    }

    @PostMapping("/balance/charges")
    Mono<ResponseEntity<byte[]>> charge(@RequestBody Charge charge, ServerWebExchange exchange) {
        long amount = charge.checkedAmount(settings.charge().most());
        return write(Act.CHARGE, exchange, charge, by -> sale.charge(by, amount));
    }

    private Mono<ScheduleId> schedule(Wish wish) {
        return wish.scheduleId() != null
                ? Mono.just(wish.scheduleId()).map(ScheduleId::new)
                : catalogue
                        .date(new ConcertId(wish.concertId()), wish.date())
                        .map(Schedule::scheduleId);
    }

    // ── from a request to its act, and from the answer to a response ────────────────────────────

    private Mono<ResponseEntity<byte[]>> write(
            Act act,
            ServerWebExchange exchange,
            Object body,
            Function<Request, Mono<Answer>> work) {
        Visitor by = Objects.requireNonNull(exchange.getAttribute(Visitor.ATTRIBUTE));
        String key = key(exchange);
        byte[] fingerprint = key == null ? NO_FINGERPRINT : fingerprint(exchange, body);
        Request request = new Request(by.user(), by.signIn(), key, fingerprint);
        return meters.timed(act, desk.take(request, work.apply(request)))
                .map(SaleController::response);
    }

    private static @Nullable String key(ServerWebExchange exchange) {
        String key = key(exchange.getRequest().getHeaders().getOrEmpty(KEY));
        new Fields().must(isKeyOrNone(key), KEY, "be 1 to 255 visible ASCII characters").orRefuse();
        return key;
    }

    /** As it was sent, good or not; of two, both. */
    static @Nullable String key(List<String> keys) {
        return keys.isEmpty() ? null : unquoted(String.join(" ", keys));
    }

    static boolean isKeyOrNone(@Nullable String key) {
        return key == null || VALUE.matcher(key).matches();
    }

    private static String unquoted(String text) {
        return text.length() > 1 && text.startsWith("\"") && text.endsWith("\"")
                ? text.substring(1, text.length() - 1)
                : text;
    }

    /** What the request means, whatever its spaces and the order of its members. */
    private byte[] fingerprint(ServerWebExchange exchange, Object body) {
        var request = exchange.getRequest();
        String line = request.getMethod() + " " + request.getPath() + "\n";
        return Sha256.of(line.getBytes(StandardCharsets.UTF_8), json.writeValueAsBytes(body));
    }

    private static ResponseEntity<byte[]> response(Answer answer) {
        var response =
                ResponseEntity.status(answer.status()).contentType(MediaType.APPLICATION_JSON);
        if (answer.location() != null) {
            response.location(URI.create(answer.location()));
        }
        if (answer.replayed()) {
            response.header(REPLAYED, "true");
        }
        session(answer).ifPresent(it -> response.header(Headers.SESSION, it.toString()));
        return response.body(answer.body());
    }

    /** A whole second more than is left, for the way; nothing for a hold that is over. */
    private static Optional<SessionCommand> session(Answer answer) {
        if (answer.completesSession()) {
            return Optional.of(new SessionCommand.Complete());
        }
        return Optional.ofNullable(answer.keepsSession())
                .filter(Duration::isPositive)
                .map(left -> new SessionCommand.Extend(left.plusSeconds(1)));
    }

    // ── what is wished for ──────────────────────────────────────────────────────────────────────

    record Charge(@Nullable Long amount) {

        long checkedAmount(long most) {
            new Fields().must(amount != null, "amount", "be a whole number").orRefuse();
            if (amount < 1 || amount > most) {
                var wrong = new Problem.Wrong("amount", "be 1 to " + most);
                throw new Refusal(
                        Problem.of(ProblemCode.INVALID_AMOUNT)
                                .with("most", most)
                                .with("fields", List.of(wrong)));
            }
            return amount;
        }
    }

    /**
     * Either a schedule, or a concert and the date there; and either seats, or how many of the
     * best.
     */
    record Wish(
            @Nullable Long scheduleId,
            @Nullable Long concertId,
            @Nullable LocalDate date,
            @Nullable List<@Nullable Integer> seatNumbers,
            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Integer quantity,
            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String category,
            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Boolean apart) {

        void check(int most) {
            new Fields()
                    .must(isOfOneShow(), "scheduleId", "be there, or concertId and date")
                    .must(scheduleId == null || scheduleId > 0, "scheduleId", "be positive")
                    .must(concertId == null || concertId > 0, "concertId", "be positive")
                    .must(
                            quantity != null ? seatNumbers == null : areDistinct(most),
                            "seatNumbers",
                            "be 1 to " + most + " different whole numbers, or quantity be there")
                    .must(
                            quantity == null || quantity >= 1 && quantity <= most,
                            "quantity",
                            "be 1 to " + most)
                    .must(
                            quantity != null || category == null && apart == null,
                            "quantity",
                            "be there with category and apart")
                    .nameOrNone(category, "category", Plan.LONGEST_CATEGORY)
                    .orRefuse();
        }

        Best best() {
            return new Best(quantity, category, Boolean.TRUE.equals(apart));
        }

        /** Named in both ways, it may be another one each time. */
        private boolean isOfOneShow() {
            return scheduleId != null
                    ? concertId == null && date == null
                    : concertId != null && date != null;
        }

        private boolean areDistinct(int most) {
            return seatNumbers != null
                    && !seatNumbers.isEmpty()
                    && seatNumbers.size() <= most
                    && !seatNumbers.contains(null)
                    && seatNumbers.stream().distinct().count() == seatNumbers.size();
        }
    }
}
