package dev.stagedoor.gateway.line;

import dev.stagedoor.gateway.answer.Answers;
import dev.stagedoor.gateway.answer.Refusals;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.room.Room;

import org.springframework.http.HttpHeaders;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;

import reactor.core.publisher.Mono;

import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** What anybody may know of a room. The same for all, so that caches can answer it. */
@Component
final class RoomDocuments {

    private final Answers answers;

    RoomDocuments(Answers answers) {
        this.answers = answers;
    }

    Mono<Void> tell(ServerWebExchange exchange, Room room) {
        return room.view()
                .map(view -> tell(exchange, room, view))
                .orElseGet(() -> answers.problem(exchange, Refusals.unavailable()));
    }

    private Mono<Void> tell(ServerWebExchange exchange, Room room, RoomView view) {
        exchange.getResponse().getHeaders().set(HttpHeaders.CACHE_CONTROL, "public, max-age=1");
        return answers.write(exchange, 200, "application/json", document(room, view));
    }

    private static byte[] document(Room room, RoomView view) {
        String estimate =
                view.estimateForNewcomer()
                        .map(Duration::toSeconds)
                        .map(String::valueOf)
                        .orElse("null");
        return """
        {"room":"%s","mode":"%s","recovering":%b,"waiting":%d,"active":%d,"estimatedWaitSeconds":%s,"asOf":"%s"}\
        """
                .formatted(
                        room.id(),
                        view.settings().mode(),
                        view.recovering(),
                        view.waiting(),
                        view.active(),
                        estimate,
                        view.asOfText())
                .getBytes(StandardCharsets.UTF_8);
    }
}
