package dev.stagedoor.booking.web;

import com.fasterxml.jackson.annotation.JsonInclude;

import dev.stagedoor.booking.catalogue.Catalogue;
import dev.stagedoor.booking.catalogue.ConcertId;
import dev.stagedoor.booking.catalogue.Schedule;
import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.idempotency.Answer;
import dev.stagedoor.booking.idempotency.Request;
import dev.stagedoor.booking.sale.ChargeSettings;
import dev.stagedoor.booking.sale.HoldSettings;
import dev.stagedoor.booking.sale.PaymentId;
import dev.stagedoor.booking.sale.ReservationId;
import dev.stagedoor.booking.sale.Sale;
import dev.stagedoor.booking.sale.Sale.Best;
import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.booking.web.WebMeters.Act;
import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;

import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;

import reactor.core.publisher.Mono;

import java.time.LocalDate;
import java.util.List;
import java.util.TreeSet;

/** What a user does. */
@RestController
@RequestMapping("/api/v1")
record SaleController(
        Catalogue catalogue,
        HoldSettings holds,
        ChargeSettings charges,
        Sale sale,
        Writing writing) {

    private static final String NOTHING = "";

    @PostMapping("/reservations")
    Mono<ResponseEntity<byte[]>> hold(@RequestBody Wish wish, ServerWebExchange exchange) {
        wish.check(holds.seatsPerReservation());
        return schedule(wish)
                .flatMap(
                        schedule ->
                                writing.write(
                                        Act.HOLD, exchange, wish, by -> hold(by, schedule, wish)));
    }

    private Mono<Answer> hold(Request by, ScheduleId schedule, Wish wish) {
        return wish.seatNumbers() != null
                ? sale.hold(by, schedule, new TreeSet<>(wish.seatNumbers()))
                : sale.holdBest(by, schedule, wish.best());
    }

    @DeleteMapping("/reservations/{reservationId}")
    Mono<ResponseEntity<byte[]>> giveBack(
            @PathVariable ReservationId reservationId, ServerWebExchange exchange) {
        return writing.write(
                Act.GIVE_BACK, exchange, NOTHING, by -> sale.giveBack(by, reservationId));
    }

    @PostMapping("/reservations/{reservationId}/payment")
    Mono<ResponseEntity<byte[]>> pay(
            @PathVariable ReservationId reservationId, ServerWebExchange exchange) {
        return writing.write(Act.PAY, exchange, NOTHING, by -> sale.pay(by, reservationId));
    }

    @PostMapping("/payments/{paymentId}/refund")
    Mono<ResponseEntity<byte[]>> refund(
            @PathVariable PaymentId paymentId, ServerWebExchange exchange) {
        return writing.write(Act.REFUND, exchange, NOTHING, by -> sale.refund(by, paymentId));
    }

    @PostMapping("/balance/charges")
    Mono<ResponseEntity<byte[]>> charge(@RequestBody Charge charge, ServerWebExchange exchange) {
        long amount = charge.checkedAmount(charges.most());
        return writing.write(Act.CHARGE, exchange, charge, by -> sale.charge(by, amount));
    }

    private Mono<ScheduleId> schedule(Wish wish) {
        return wish.scheduleId() != null
                ? Mono.just(wish.scheduleId()).map(ScheduleId::new)
                : catalogue
                        .date(new ConcertId(wish.concertId()), wish.date())
                        .map(Schedule::scheduleId);
    }

    record Charge(@Nullable Long amount) {

        long checkedAmount(long most) {
            new Fields().must(amount != null, "amount", "be a whole number").orRefuse();
            if (amount < 1 || amount > most) {
                var wrong = new Fields.Wrong("amount", "be 1 to " + most);
                throw new Refusal(
                        Problem.of(ProblemCode.INVALID_AMOUNT).with("fields", List.of(wrong)));
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
            boolean bySchedule = scheduleId != null;
            boolean byDate = concertId != null && date != null;
            new Fields()
                    .must(bySchedule || byDate, "scheduleId", "be there, or concertId and date")
                    .must(!bySchedule || scheduleId > 0, "scheduleId", "be positive")
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
                    .must(isShort(category), "category", "be 1 to 20 characters")
                    .orRefuse();
        }

        Best best() {
            return new Best(quantity, category, Boolean.TRUE.equals(apart));
        }

        private static boolean isShort(@Nullable String text) {
            return text == null || !text.isEmpty() && text.length() <= 20 && Fields.isPlain(text);
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
