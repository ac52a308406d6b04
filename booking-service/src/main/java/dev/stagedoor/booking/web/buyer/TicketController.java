package dev.stagedoor.booking.web.buyer;

import dev.stagedoor.booking.sale.Doors;
import dev.stagedoor.booking.sale.TicketId;
import dev.stagedoor.boot.Visitor;

import io.nayuki.qrcodegen.QrCode;

import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

import reactor.core.publisher.Mono;

import java.util.UUID;

/** What a ticket shows at the door. */
@RestController
@RequestMapping("/api/v1/tickets")
record TicketController(Doors doors) {

    private static final MediaType SVG = MediaType.parseMediaType("image/svg+xml;charset=UTF-8");

    /** Scanners want so many light modules around it. */
    private static final int MARGIN = 4;

    @GetMapping(path = "/{ticketId}/code", produces = MediaType.APPLICATION_JSON_VALUE)
    Mono<TicketCode> code(Visitor visitor, @PathVariable TicketId ticketId) {
        return doors.code(ticketId, visitor.user())
                .map(code -> new TicketCode(ticketId.value(), code));
    }

    @GetMapping("/{ticketId}/code.svg")
    Mono<ResponseEntity<String>> picture(Visitor visitor, @PathVariable TicketId ticketId) {
        return doors.code(ticketId, visitor.user())
                .map(
                        code ->
                                ResponseEntity.ok()
                                        .contentType(SVG)
                                        .header("Content-Security-Policy", "default-src 'none'")
                                        .body(svg(code)));
    }

    /** A path of rectangles a module high: one for each run of dark ones. */
    static String svg(String text) {
        QrCode qr = QrCode.encodeText(text, QrCode.Ecc.MEDIUM);
        StringBuilder dark = new StringBuilder();
        for (int y = 0; y < qr.size; y++) {
            for (int x = 0; x < qr.size; x++) {
                int begin = x;
                while (qr.getModule(x, y)) {
                    x++;
                }
                if (x > begin) {
                    dark.append("M%d %dh%dv1h-%dz".formatted(begin, y, x - begin, x - begin));
                }
            }
        }
        int side = qr.size + 2 * MARGIN;
        return """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="-%1$d -%1$d %2$d %2$d" shape-rendering="crispEdges">\
        <path fill="#fff" d="M-%1$d -%1$dh%2$dv%2$dh-%2$dz"/><path d="%3$s"/></svg>
        """
                .formatted(MARGIN, side, dark);
    }

    record TicketCode(UUID ticketId, String code) {
        @Override
        public String toString() {
            return "TicketCode[ticketId=" + ticketId + "]";
        }
    }
}
