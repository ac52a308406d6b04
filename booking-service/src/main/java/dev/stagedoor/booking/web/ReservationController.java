package dev.stagedoor.booking.web;

import dev.stagedoor.booking.catalogue.Catalogue;
import dev.stagedoor.booking.catalogue.ConcertId;
import dev.stagedoor.booking.catalogue.Schedule;
import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.idempotency.Answer;
import dev.stagedoor.booking.sale.GivingSeatsBack;
import dev.stagedoor.booking.sale.HoldSettings;
import dev.stagedoor.booking.sale.HoldingSeats;
import dev.stagedoor.booking.sale.OwnReservations;
import dev.stagedoor.booking.sale.Paying;
import dev.stagedoor.booking.sale.Reservation;
import dev.stagedoor.booking.sale.ReservationId;
import dev.stagedoor.common.UserId;

import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;

import reactor.core.publisher.Mono;

import java.time.LocalDate;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.UUID;

@RestController
@RequestMapping("/api/v1/reservations")
final class ReservationController {

    private static final String NOTHING = "";

    private final Catalogue catalogue;
    private final HoldSettings settings;
    private final HoldingSeats holding;
    private final GivingSeatsBack givingBack;
    private final OwnReservations own;
    private final Paying paying;
    private final Writing writing;

    ReservationController(
            Catalogue catalogue,
            HoldSettings settings,
            HoldingSeats holding,
            GivingSeatsBack givingBack,
            OwnReservations own,
            Paying paying,
            Writing writing) {
        this.catalogue = catalogue;
        this.settings = settings;
        this.holding = holding;
        this.givingBack = givingBack;
        this.own = own;
        this.paying = paying;
        this.writing = writing;
    }

    @PostMapping
    Mono<ResponseEntity<byte[]>> hold(
            @RequestAttribute(PassFilter.USER) UserId user,
            @RequestBody Wish wish,
            ServerWebExchange exchange) {
        SortedSet<Integer> numbers = wish.checkedNumbers(settings.seatsPerReservation());
        return schedule(wish)
                .flatMap(
                        schedule ->
                                writing.write(
                                        Act.HOLD,
                                        exchange,
                                        wish,
                                        holding.hold(user, schedule, numbers).map(this::held),
                                        (twins, act) ->
                                                holding.shield(schedule, numbers, twins, act)));
    }

    /** Newest first; {@code before} is the one that the last page ended with. */
    @GetMapping
    Mono<ResponseEntity<Reservations>> some(
            @RequestAttribute(PassFilter.USER) UserId user,
            @RequestParam(required = false) @Nullable UUID before,
            @RequestParam(defaultValue = "100") int limit) {
        return own.some(user, Fields.page(before, limit))
                .map(Reservations::new)
                .map(ReservationController::personal);
    }

    @GetMapping("/{reservationId}")
    Mono<ResponseEntity<Reservation>> one(
            @RequestAttribute(PassFilter.USER) UserId user,
            @PathVariable ReservationId reservationId) {
        return own.find(reservationId, user).map(ReservationController::personal);
    }

    @DeleteMapping("/{reservationId}")
    Mono<ResponseEntity<byte[]>> giveBack(
            @RequestAttribute(PassFilter.USER) UserId user,
            @PathVariable ReservationId reservationId,
            ServerWebExchange exchange) {
        Mono<Answer> act =
                givingBack
                        .giveBack(reservationId, user)
                        .then(Mono.fromSupplier(() -> Answer.of(204, new byte[0])));
        return writing.write(Act.GIVE_BACK, exchange, NOTHING, act);
    }

    @PostMapping("/{reservationId}/payment")
    Mono<ResponseEntity<byte[]>> pay(
            @RequestAttribute(PassFilter.USER) UserId user,
            @PathVariable ReservationId reservationId,
            ServerWebExchange exchange) {
        return writing.write(
                Act.PAY, exchange, NOTHING, paying.pay(reservationId, user).map(this::paid));
    }

    private Mono<ScheduleId> schedule(Wish wish) {
        return wish.scheduleId() != null
                ? Mono.just(wish.scheduleId()).map(ScheduleId::new)
                : catalogue
                        .date(new ConcertId(wish.concertId()), wish.date())
                        .map(Schedule::scheduleId);
    }

    private Answer held(Reservation reservation) {
        return writing.answer(201, reservation)
                .at("/api/v1/reservations/" + reservation.reservationId())
                .keepingSession(reservation.holdExpiresAt());
    }

    private Answer paid(Paying.Paid paid) {
        Answer answer =
                writing.answer(201, paid.receipt())
                        .at("/api/v1/payments/" + paid.receipt().paymentId());
        return paid.last() ? answer.completingSession() : answer;
    }

    static <T> ResponseEntity<T> personal(T body) {
        return ResponseEntity.ok().header(HttpHeaders.CACHE_CONTROL, "no-store").body(body);
    }

    record Reservations(List<Reservation> reservations) {}

    /** Either a schedule, or a concert and the date there. */
    record Wish(
            @Nullable Long scheduleId,
            @Nullable Long concertId,
            @Nullable LocalDate date,
            @Nullable List<@Nullable Integer> seatNumbers) {

        SortedSet<Integer> checkedNumbers(int most) {
            boolean bySchedule = scheduleId != null;
            boolean byDate = concertId != null && date != null;
            new Fields()
                    .must(bySchedule || byDate, "scheduleId", "be there, or concertId and date")
                    .must(!bySchedule || scheduleId > 0, "scheduleId", "be positive")
                    .must(concertId == null || concertId > 0, "concertId", "be positive")
                    .must(
                            areDistinct(most),
                            "seatNumbers",
                            "be 1 to " + most + " different whole numbers")
                    .orRefuse();
            return new TreeSet<>(seatNumbers);
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
