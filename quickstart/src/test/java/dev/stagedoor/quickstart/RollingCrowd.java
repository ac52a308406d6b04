package dev.stagedoor.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import tools.jackson.databind.JsonNode;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** Some buy one ticket after the other, some wait in a room that is full and ask, some listen. */
final class RollingCrowd {

    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final String PLACE = "/api/v1/queue/tokens/current";
    private static final int BUYERS = 3;
    private static final int WAITING = 3;
    private static final int LISTENING = 5;

    private final int port;
    private final long schedule;
    private final Queue<String> refused = new ConcurrentLinkedQueue<>();
    private final AtomicInteger seats = new AtomicInteger();
    private final AtomicInteger bought = new AtomicInteger();
    private final AtomicInteger streams = new AtomicInteger();
    private final Set<String> comeBackAfter = ConcurrentHashMap.newKeySet();
    private final Map<Browser, Long> ahead = new HashMap<>();
    private final CountDownLatch over = new CountDownLatch(1);
    private final List<Thread> people = new ArrayList<>();

    private RollingCrowd(int port, long schedule) {
        this.port = port;
        this.schedule = schedule;
    }

    static RollingCrowd come(int port, int boxOffice) {
        var crowd = new RollingCrowd(port, evening(boxOffice));
        Browser inside = crowd.somebodyAtTheFullRoom();
        await().until(() -> inside.get(PLACE, 200).get("state").asString().equals("ACTIVE"));
        for (int i = 0; i < WAITING + LISTENING; i++) {
            Browser waiting = crowd.somebodyAtTheFullRoom();
            crowd.ahead.put(waiting, (long) i);
        }
        List<Browser> all = List.copyOf(crowd.ahead.keySet());
        List<Browser> asking = all.subList(0, WAITING);
        asking.forEach(it -> crowd.people.add(crowd.repeats(() -> it.get(PLACE, 200))));
        all.subList(WAITING, all.size()).forEach(it -> crowd.repeats(() -> crowd.listen(it)));
        for (int i = 0; i < BUYERS; i++) {
            crowd.people.add(crowd.repeats(crowd::buy));
        }
        return crowd;
    }

    private static long evening(int boxOffice) {
        Browser seller = new Browser(boxOffice);
        seller.keep("Authorization", Stage.adminLogin());
        String concert = "{\"title\":\"Rolling\",\"artist\":\"Ensemble\",\"venue\":\"Hall\"}";
        long id = seller.post("/admin/concerts", concert, 201).get("concertId").asLong();
        String evening =
                "{\"startsAt\":\"2099-01-10T10:00:00Z\",\"price\":60000,\"seatCount\":5000}";
        return seller.post("/admin/concerts/%d/schedules".formatted(id), evening, 201)
                .get("scheduleId")
                .asLong();
    }

    private Browser somebody() {
        return new Browser(port, this::witness);
    }

    private void witness(HttpResponse<String> answer) {
        if (answer.statusCode() >= 400) {
            refused.add(answer.request() + " " + answer.statusCode() + " " + answer.body());
        }
    }

    private Browser somebodyAtTheFullRoom() {
        Browser one = somebody();
        JsonNode place = one.post("/api/v1/queue/tokens", "{\"room\":\"full\"}", 201);
        one.keep("Queue-Token", place.get("token").asString());
        return one;
    }

    private Thread repeats(Act act) {
        return Thread.ofVirtual()
                .start(
                        () -> {
                            try {
                                while (!over.await(20, TimeUnit.MILLISECONDS)) {
                                    act.play();
                                }
                            } catch (Exception | AssertionError e) {
                                refused.add(e.toString());
                            }
                        });
    }

    private interface Act {
        void play() throws Exception;
    }

    private void buy() {
        Browser buyer = somebody();
        buyer.register("Kim");
        buyer.join();
        while (!buyer.get(PLACE, 200).get("state").asString().equals("ACTIVE")) {
            Thread.onSpinWait();
        }
        String wish =
                "{\"scheduleId\":%d,\"seatNumbers\":[%d]}"
                        .formatted(schedule, seats.incrementAndGet());
        String held = write(buyer, "/api/v1/reservations", wish).get("reservationId").asString();
        write(buyer, "/api/v1/balance/charges", "{\"amount\":60000}");
        write(buyer, "/api/v1/reservations/" + held + "/payment", "");
        bought.incrementAndGet();
    }

    private static JsonNode write(Browser buyer, String path, String body) {
        buyer.keep("Idempotency-Key", UUID.randomUUID().toString());
        return buyer.post(path, body, 201);
    }

    /** Until the stream ends, and then, as a browser, as long as it was told. */
    private void listen(Browser one) throws Exception {
        HttpRequest request =
                HttpRequest.newBuilder(Instance.at(port, "/api/v1/queue/events"))
                        .header("Queue-Token", one.kept("Queue-Token"))
                        .build();
        HttpResponse<Stream<String>> answer = CLIENT.send(request, BodyHandlers.ofLines());
        streams.incrementAndGet();
        if (answer.statusCode() != 200) {
            refused.add("events " + answer.statusCode());
        }
        List<String> told = answer.body().filter(line -> line.startsWith("retry: ")).toList();
        comeBackAfter.addAll(told);
        over.await(Long.parseLong(told.getLast().substring(7)), TimeUnit.MILLISECONDS);
    }

    /** All of them have been served again, several times. */
    void goesOn() {
        int before = bought.get();
        await().atMost(RollingStory.PATIENCE)
                .until(() -> bought.get() >= before + 3 || !refused.isEmpty());
    }

    void goesHome() throws InterruptedException {
        over.countDown();
        for (Thread one : people) {
            one.join(TimeUnit.SECONDS.toMillis(20));
        }
    }

    Queue<String> refused() {
        return refused;
    }

    int bought() {
        return bought.get();
    }

    /** Streams that were opened after another one had ended, each after a while of its own. */
    int listenedAgain() {
        assertThat(comeBackAfter).hasSizeGreaterThan(1);
        return streams.get() - LISTENING;
    }

    void everybodyStandsWhereTheyStood() {
        ahead.forEach(
                (one, before) ->
                        assertThat(one.get(PLACE, 200).get("ahead").asLong()).isEqualTo(before));
    }
}
