package dev.stagedoor.booking.admin;

import dev.stagedoor.booking.catalogue.Catalogue;
import dev.stagedoor.booking.catalogue.Concert;
import dev.stagedoor.booking.catalogue.ConcertId;
import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.sale.Figures;
import dev.stagedoor.booking.web.Fields;
import dev.stagedoor.common.operators.Login;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** What the seller looks at. */
@RestController
@RequestMapping("/admin")
record ReportController(Catalogue catalogue, Figures figures, Changes changes) {

    private static final MediaType CSV = new MediaType("text", "csv", StandardCharsets.UTF_8);

    /** Who one is, and what one may do. */
    @GetMapping(path = "/session", produces = MediaType.APPLICATION_JSON_VALUE)
    Login.Granted session(@RequestAttribute(AdminFilter.LOGIN) Login.Granted login) {
        return login;
    }

    /** Newest first; {@code before} is the one that the last page ended with. */
    @GetMapping(path = "/concerts", produces = MediaType.APPLICATION_JSON_VALUE)
    Mono<Concerts> concerts(
            @RequestParam(defaultValue = "" + Long.MAX_VALUE) ConcertId before,
            @RequestParam(defaultValue = "100") int limit) {
        Fields.checkLimit(limit);
        return catalogue.concerts(false, before, limit).map(Concerts::new);
    }

    @GetMapping(
            value = "/concerts/{concertId}/schedules",
            produces = MediaType.APPLICATION_JSON_VALUE)
    Mono<byte[]> shows(@PathVariable ConcertId concertId) {
        return figures.shows(concertId);
    }

    @GetMapping("/schedules/{scheduleId}/sales.csv")
    Mono<ResponseEntity<Flux<DataBuffer>>> sales(@PathVariable ScheduleId scheduleId) {
        Flux<DataBuffer> lines =
                figures.sales(scheduleId)
                        .map(ReportController::text)
                        .startWith(Csv.BYTE_ORDER_MARK + Csv.line(Figures.COLUMNS))
                        .map(text -> text.getBytes(StandardCharsets.UTF_8))
                        .map(DefaultDataBufferFactory.sharedInstance::wrap);
        String file = "attachment; filename=\"sales-%s.csv\"".formatted(scheduleId);
        return catalogue
                .now(scheduleId)
                .map(_ -> ResponseEntity.ok().contentType(CSV))
                .map(it -> it.header(HttpHeaders.CONTENT_DISPOSITION, file).body(lines));
    }

    /** Newest first; {@code before} is the one that the last page ended with. */
    @GetMapping(path = "/changes", produces = MediaType.APPLICATION_JSON_VALUE)
    Mono<Changed> changes(
            @RequestParam(defaultValue = "" + Long.MAX_VALUE) long before,
            @RequestParam(defaultValue = "50") int limit) {
        Fields.checkLimit(limit);
        return changes.before(before, limit).collectList().map(Changed::new);
    }

    private static String text(List<Figures.Line> page) {
        return page.stream()
                .map(it -> Csv.line(Arrays.asList(it.cells())))
                .collect(Collectors.joining());
    }

    record Concerts(List<Concert> concerts) {}

    record Changed(List<Changes.Change> changes) {}
}
