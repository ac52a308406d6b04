package dev.stagedoor.quickstart.deployed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.quickstart.stage.Browser;
import dev.stagedoor.quickstart.stage.Stage;

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
    private static final String MONEY = "{\"amount\":60000}";
    private static final int BUYERS = 3;
    private static final int WAITING = 3;
    private static final int LISTENING = 5;

    private final int port;
    private final Browser seller;
    private final long schedule;
    private final Queue<String> refused = new ConcurrentLinkedQueue<>();
    private final AtomicInteger seats = new AtomicInteger();
    private final AtomicInteger bought = new AtomicInteger();
    private final AtomicInteger streams = new AtomicInteger();
    private final Set<String> comeBackAfter = ConcurrentHashMap.newKeySet();
    private final Map<Browser, Long> ahead = new HashMap<>();
    private final CountDownLatch over = new CountDownLatch(1);
    private final List<Thread> people = new ArrayList<>();

    private RollingCrowd(int port, Browser seller) {
        this.port = port;
        this.seller = seller;
        this.schedule = evening(seller);
    }

    static RollingCrowd come(int port, int boxOffice) {
        Browser seller = new Browser(boxOffice);
        seller.keep("Authorization", Stage.adminLogin());
        var crowd = new RollingCrowd(port, seller);
        Browser inside = crowd.somebodyAtTheFullRoom();
        await().atMost(RollingStory.PATIENCE)
                .until(() -> inside.get(PLACE, 200).get("state").asString().equals("ACTIVE"));
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

    private static long evening(Browser seller) {
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

    /** What is asked again, or asked for, whoever asks tells by themselves. */
    private void witness(HttpResponse<String> answer) {
        boolean isAskedAgain =
                answer.statusCode() == 409 || answer.body().contains("queue-unavailable");
        if (answer.statusCode() >= 400 && !isAskedAgain) {
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

    /** Each step also at the other instance: it knows the key, and what is held. */
    private void buy() {
        Browser buyer = somebody();
        buyer.register("Kim");
        buyer.join();
        while (!buyer.get(PLACE, 200).get("state").asString().equals("ACTIVE")) {
            Thread.onSpinWait();
        }
        JsonNode unwanted = write(buyer, "/api/v1/reservations", seat());
        buyer.drop("Idempotency-Key");
        buyer.delete(reservation(unwanted), 204);
        String wish = seat();
        JsonNode held = write(buyer, "/api/v1/reservations", wish);
        assertThat(again(buyer, "/api/v1/reservations", wish)).isEqualTo(held);
        buyer.keep("Idempotency-Key", UUID.randomUUID().toString());
        assertThat(buyer.ask("POST", "/api/v1/reservations", wish).status()).isEqualTo(409);
        JsonNode charged = write(buyer, "/api/v1/balance/charges", MONEY);
        assertThat(again(buyer, "/api/v1/balance/charges", MONEY)).isEqualTo(charged);
        write(buyer, reservation(held) + "/payment", "");
        bought.incrementAndGet();
    }

    private String seat() {
        return "{\"scheduleId\":%d,\"seatNumbers\":[%d]}"
                .formatted(schedule, seats.incrementAndGet());
    }

    private static String reservation(JsonNode held) {
        return "/api/v1/reservations/" + held.get("reservationId").asString();
    }

    private static JsonNode write(Browser buyer, String path, String body) {
        buyer.keep("Idempotency-Key", UUID.randomUUID().toString());
        return buyer.post(path, body, 201);
    }

    /** The other instance may have to wait for what the first one has locked. */
    private static JsonNode again(Browser buyer, String path, String body) {
        return await().until(() -> buyer.ask("POST", path, body), it -> it.status() != 409)
                .expect(201);
    }

    /** Until the stream ends, and then, as a browser, as long as it was told, or 3 s. */
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
        List<String> told =
                answer.body()
                        .filter(line -> line.startsWith("retry: "))
                        .peek(comeBackAfter::add)
                        .toList();
        String pause = told.isEmpty() ? "3000" : told.getLast().substring(7);
        over.await(Long.parseLong(pause), TimeUnit.MILLISECONDS);
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

    void theBooksAreRight() {
        JsonNode audit = seller.get("/admin/audit", 200);
        assertThat(audit.get("well").asBoolean()).as("%s", audit).isTrue();
    }
}
