package dev.stagedoor.booking.admin;

import dev.stagedoor.booking.admin.AdminController.NewSchedule;
import dev.stagedoor.booking.catalogue.Catalogue;
import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.sale.Doors;
import dev.stagedoor.booking.sale.Sale;
import dev.stagedoor.booking.sale.TicketCodes;
import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.booking.web.Fields;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.Sha256;

import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

import reactor.core.publisher.Mono;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;

/** For whoever stands at a door with a scanner. */
@RestController
@RequestMapping(path = "/admin", produces = MediaType.APPLICATION_JSON_VALUE)
record CheckInController(Sale sale, Doors doors, TicketCodes codes, Catalogue catalogue) {

    private static final int MOST = 5_000;

    @PostMapping("/check-in")
    Mono<byte[]> checkIn(@RequestBody CheckIn wanted, @RequestAttribute(AdminFilter.BY) String by) {
        CheckIn it = wanted.checked();
        return Mono.justOrEmpty(codes.ticket(it.code()))
                .switchIfEmpty(Refusal.because(ProblemCode.TICKET_CODE_INVALID))
                .flatMap(
                        ticket ->
                                sale.checkIn(
                                        ticket,
                                        it.scheduleId(),
                                        it.door(),
                                        by,
                                        it.scan(),
                                        it.at()));
    }

    /** For scanners to go on with while they have no net; a lost one has no ticket in it. */
    @GetMapping("/schedules/{scheduleId}/check-in")
    Mono<Awaited> awaited(
            @PathVariable ScheduleId scheduleId,
            @RequestParam(defaultValue = "0") int after,
            @RequestParam(defaultValue = "1000") int limit) {
        Fields.checkLimit(limit, MOST);
        return catalogue
                .now(scheduleId)
                .thenMany(doors.awaited(scheduleId, after, limit))
                .map(this::entry)
                .collectList()
                .map(Awaited::new);
    }

    private Entry entry(Doors.Awaited one) {
        return new Entry(
                codes.all(one.ticket()).stream().map(CheckInController::hash).toList(),
                one.seatNumber(),
                one.door(),
                one.enteredAt());
    }

    private static String hash(String code) {
        return HexFormat.of().formatHex(Sha256.of(code.getBytes(StandardCharsets.US_ASCII)));
    }

    /**
     * @param scheduleId what is played behind this door; null if any
     * @param scan what the scanner calls this scan: sent again, it is the same
     * @param at when it was scanned; null for now
     */
    record CheckIn(
            @Nullable String code,
            @Nullable String door,
            @Nullable Long scheduleId,
            @Nullable String scan,
            @Nullable Instant at) {

        CheckIn checked() {
            new Fields()
                    .must(code != null && code.length() <= 200, "code", "be what the ticket shows")
                    .name(door, "door", 100)
                    .nameOrNone(scan, "scan", 100)
                    .must(NewSchedule.isTime(at), "at", NewSchedule.TIME)
                    .orRefuse();
            return this;
        }

        @Override
        public String toString() {
            return "CheckIn[scheduleId=" + scheduleId + ", door=" + door + ", scan=" + scan + "]";
        }
    }

    record Awaited(List<Entry> tickets) {}

    /**
     * @param codeHashes SHA-256, in hexadecimal digits, of the codes that the ticket may show
     */
    record Entry(
            List<String> codeHashes,
            int seatNumber,
            @Nullable String door,
            @Nullable Instant enteredAt) {}
}
