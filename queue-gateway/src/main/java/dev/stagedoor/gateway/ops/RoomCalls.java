package dev.stagedoor.gateway.ops;

import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.RoomId;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;
import dev.stagedoor.gateway.waitingroom.RoomSettings;
import dev.stagedoor.gateway.waitingroom.Setting;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Change;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Difference;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Operator;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.People;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Sample;
import dev.stagedoor.gateway.waitingroom.room.Controls;
import dev.stagedoor.gateway.waitingroom.room.Controls.Changed;
import dev.stagedoor.gateway.waitingroom.room.Room;
import dev.stagedoor.gateway.waitingroom.room.Rooms;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;

/** What operators ask about rooms, and change of them. */
record RoomCalls(Rooms rooms) {

    private static final Logger LOG = LoggerFactory.getLogger(RoomCalls.class);

    private static final int ROOMS_AT_ONCE = 8;
    private static final int MOST_CHANGES = 100;
    private static final int MOST_PEOPLE = 20;
    private static final Duration HISTORY = Duration.ofMinutes(15);

    Mono<Map<String, List<RoomDocument>>> rooms(ServerRequest request) {
        return Flux.fromIterable(rooms.all())
                .sort(Comparator.comparing(room -> room.id().name()))
                .flatMapSequential(RoomCalls::document, ROOMS_AT_ONCE)
                .collectList()
                .map(documents -> Map.of("rooms", documents));
    }

    Mono<RoomDocument> room(ServerRequest request) {
        return document(asked(request));
    }

    Mono<Map<String, List<Sample>>> history(ServerRequest request) {
        return asked(request).controls().history().map(all -> Map.of("samples", lately(all)));
    }

    Mono<Map<String, List<Change>>> changes(ServerRequest request) {
        return asked(request).controls().changes(MOST_CHANGES).map(all -> Map.of("changes", all));
    }

    Mono<People> people(ServerRequest request) {
        return asked(request).controls().people(MOST_PEOPLE);
    }

    Mono<ServerResponse> make(ServerRequest request) {
        return Body.of(request).flatMap(body -> make(request, body));
    }

    Mono<ChangedDocument> change(ServerRequest request) {
        return inRoom(request, (room, body) -> change(request, room, body));
    }

    <T> Mono<T> inRoom(ServerRequest request, BiFunction<Room, Body, Mono<T>> call) {
        Room room = asked(request);
        return Body.of(request).flatMap(body -> call.apply(room, body));
    }

    private Room asked(ServerRequest request) {
        return find(RoomId.parse(request.pathVariable("room")));
    }

    Room find(Optional<RoomId> named) {
        return named.flatMap(rooms::find)
                .orElseThrow(() -> new Refusal(Problem.of(ProblemCode.ROOM_NOT_FOUND)));
    }

    private static Mono<RoomDocument> document(Room room) {
        return room.controls()
                .look()
                .map(view -> RoomDocument.of(room, view))
                .onErrorResume(
                        LineUnavailable.class,
                        away -> Mono.just(RoomDocument.away(room, away.redis())));
    }

    /** Not those of before the clock of Redis was put back. */
    private static List<Sample> lately(List<Sample> samples) {
        if (samples.isEmpty()) {
            return samples;
        }
        Instant last = samples.getLast().at();
        return samples.stream()
                .filter(sample -> !sample.at().isAfter(last))
                .filter(sample -> !sample.at().isBefore(last.minus(HISTORY)))
                .toList();
    }

    private static Mono<ChangedDocument> change(ServerRequest request, Room room, Body body) {
        SettingsChange change = SettingsChange.of(body.members());
        if (!change.wrong().isEmpty()) {
            throw new Refusal(Problem.invalid(change.wrong()));
        }
        Operator by = OpsFilter.operator(request);
        return room.controls()
                .change(change.fields(), by)
                .doOnNext(changed -> log(room, changed, by))
                .map(changed -> ChangedDocument.of(room, changed));
    }

    private Mono<ServerResponse> make(ServerRequest request, Body body) {
        Optional<RoomId> id = RoomId.parse(body.text("room"));
        SettingsChange wanted = SettingsChange.of(body.settings());
        List<Problem.Wrong> wrong = new ArrayList<>(wanted.wrong());
        if (id.isEmpty()) {
            wrong.add(new Problem.Wrong("room", "be 1 to 32 of a-z, 0-9 and inner hyphens"));
        }
        // What guards everything by default would take the place of a room that already does.
        Map<String, Object> settings = body.settings();
        if (!settings.containsKey(Setting.PATHS.label())
                && !settings.containsKey(Setting.HOSTS.label())) {
            wrong.add(new Problem.Wrong(Setting.PATHS.label(), "say what the room guards"));
        }
        if (!wrong.isEmpty()) {
            throw new Refusal(Problem.invalid(wrong));
        }
        Map<String, String> fields = rooms.defaults().toFields();
        fields.putAll(wanted.fields());
        return make(request, id.orElseThrow(), RoomSettings.of(fields));
    }

    private Mono<ServerResponse> make(ServerRequest request, RoomId id, RoomSettings settings) {
        Operator by = OpsFilter.operator(request);
        URI location = URI.create("/ops/api/rooms/" + id);
        return rooms.make(id, settings, by)
                .doOnNext(room -> LOG.info("{}: made by {} from {}", id, by.name(), by.address()))
                .switchIfEmpty(Refusal.because(ProblemCode.ROOM_EXISTS))
                .flatMap(RoomCalls::document)
                .flatMap(ServerResponse.created(location)::bodyValue);
    }

    private static void log(Room room, Controls.Changed changed, Operator by) {
        for (Difference it : changed.differences()) {
            LOG.info(
                    "{}: {} set from {} to {} by {} from {}",
                    room.id(),
                    it.setting(),
                    oneLine(it.old()),
                    oneLine(it.now()),
                    by.name(),
                    by.address());
        }
    }

    private static String oneLine(Object told) {
        return told.toString().replace('\n', ' ');
    }

    /** The settings in force after a change, and what the change was. */
    record ChangedDocument(String room, Map<String, Object> settings, List<Difference> changes) {

        private static ChangedDocument of(Room room, Changed changed) {
            return new ChangedDocument(
                    room.id().name(), Setting.document(changed.settings()), changed.differences());
        }
    }
}
