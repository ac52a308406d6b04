package dev.stagedoor.quickstart.stage;

import static org.awaitility.Awaitility.await;

import dev.stagedoor.common.SigningKey;
import dev.stagedoor.devservices.Database;
import dev.stagedoor.devservices.EmbeddedPostgres;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.devservices.FreePort;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.quickstart.Quickstart;

import org.springframework.security.crypto.bcrypt.BCryptPasswordEncoder;

import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * A line of its own, before everything that is sold or before a site of one page, and a crowd that
 * comes and goes as it is told. One story after the other takes place in it, and leaves it as it
 * was.
 */
public final class Theatre implements AutoCloseable {

    /** Whoever plays in one, or uses its browser, has both alone; in the other one others play. */
    public static final String OF_THE_SALE = "theatre of the sale";

    /** Nothing is sold there: a gateway alone. */
    public static final String OF_THE_LINE = "theatre of the line";

    /** What the only page of that site says. */
    public static final String SITE = "It is open";

    private static final String PAGE =
            "<!doctype html><html lang=\"en\"><title>%1$s</title><h1>%1$s</h1>".formatted(SITE);

    public static final String OPS_PASSWORD = "let-me-operate";
    private static final String OPS_HASH =
            "{bcrypt}" + new BCryptPasswordEncoder(4).encode(OPS_PASSWORD);

    private final EmbeddedRedis line = EmbeddedRedis.start();
    private final Optional<Sale> sale;
    private final DisposableServer site =
            HttpServer.create()
                    .host("127.0.0.1")
                    .handle(
                            (_, answer) ->
                                    answer.header("Content-Type", "text/html")
                                            .sendString(Mono.just(PAGE)))
                    .bindNow();
    private final SigningKey accessKey = SigningKey.random("access");
    private final int port = FreePort.find();
    private final int management = FreePort.find();
    private final List<String> common =
            List.of(
                    "--spring.data.redis.url=" + line.url(),
                    PatientGateways.TIMEOUT,
                    "--stagedoor.keys.queue=" + SigningKey.random("queue").encoded(),
                    "--stagedoor.keys.pass=" + SigningKey.random("pass").encoded(),
                    "--stagedoor.keys.access=" + accessKey.encoded(),
                    "--stagedoor.ops.password=" + OPS_PASSWORD,
                    "--stagedoor.ops.operators.hana.password=" + OPS_HASH,
                    "--stagedoor.ops.operators.hana.role=operator",
                    "--stagedoor.ops.operators.vera.password=" + OPS_HASH,
                    "--stagedoor.gateway.trusted-proxies=127.0.0.1",
                    "--stagedoor.gateway.recovery-window=3s",
                    "--stagedoor.rooms.main.claim-timeout=5m", // nobody of the crowd uses theirs
                    "--stagedoor.rooms.main.interval=100ms");
    private final Quickstart quickstart;
    private final MainRoom main;
    private final Deque<Browser> crowd = new ArrayDeque<>();

    private Theatre(Optional<Sale> sale) {
        this.sale = sale;
        List<String> settings = new ArrayList<>(common);
        settings.add("--stagedoor.gateway.port=" + port);
        settings.add("--stagedoor.gateway.management-port=" + management);
        sale.ifPresentOrElse(
                it -> settings.addAll(it.settings()), () -> settings.add("--origin=" + site()));
        this.quickstart = Quickstart.start(settings.toArray(String[]::new));
        this.main = new MainRoom(quickstart);
    }

    /** Everything that is sold. */
    private record Sale(EmbeddedPostgres postgres, int port, int boxOffice) {

        static Sale open() {
            return new Sale(EmbeddedPostgres.start(), FreePort.find(), FreePort.find());
        }

        List<String> settings() {
            List<String> settings = new ArrayList<>(Stage.on(postgres.database()));
            settings.add("--stagedoor.booking.port=" + port);
            settings.add("--stagedoor.booking.management-port=" + boxOffice);
            settings.add("--stagedoor.admin.password=" + OPS_PASSWORD);
            settings.add("--stagedoor.booking.charge.most=500000");
            return settings;
        }
    }

    private String site() {
        return "http://127.0.0.1:" + site.port();
    }

    /**
     * @param turns which of the two
     */
    static Theatre open(String turns) {
        return new Theatre(turns.equals(OF_THE_SALE) ? Optional.of(Sale.open()) : Optional.empty());
    }

    public String url() {
        return "http://localhost:" + port;
    }

    /** By which access tokens of other days can be made. */
    public SigningKey accessKey() {
        return accessKey;
    }

    /** Where the sale is kept. */
    public Database database() {
        return sale.orElseThrow().postgres().database();
    }

    /** Where operators sign in. */
    public String console() {
        return "http://localhost:" + management;
    }

    /** Where the seller does. */
    public String boxOffice() {
        return "http://localhost:" + sale.orElseThrow().boxOffice();
    }

    /** Another gateway of the same line in front of the same site. */
    public SideEntrance sideEntrance() {
        return sideEntrance("");
    }

    /**
     * @param origin whose pages may ask it too
     */
    public SideEntrance sideEntrance(String origin) {
        List<String> settings = new ArrayList<>(common);
        settings.add("--stagedoor.gateway.cors-origins=" + origin);
        settings.add(
                "--stagedoor.upstream.url="
                        + sale.map(it -> "http://127.0.0.1:" + it.port()).orElseGet(this::site));
        if (sale.isEmpty()) {
            settings.add("--stagedoor.room-defaults.open-paths=");
            settings.add("--stagedoor.room-defaults.signed-in-paths=");
        }
        return new SideEntrance(settings);
    }

    /** Who has not asked for anything yet. */
    public Browser somebody() {
        return new Browser(port);
    }

    /** Somebody of the crowd asks for a place; those who came before stay before. */
    public Browser comes() {
        Browser visitor = somebody();
        sale.ifPresent(_ -> visitor.register("Kim"));
        if (visitor.join().get("state").asString().equals("WAITING")) {
            // Who is not seen again within 49 s has lost the place.
            visitor.patiently("GET", "/api/v1/queue/tokens/current", null).expect(200);
        }
        crowd.add(visitor);
        return visitor;
    }

    /** Whoever of the crowd came first goes. */
    public void oneGoes() {
        crowd.remove().patiently("DELETE", "/api/v1/queue/tokens/current", null).expect(204);
    }

    public void everybodyGoes() {
        while (!crowd.isEmpty()) {
            oneGoes();
        }
    }

    /** Room for one, who is inside, and so many who wait before anybody else comes. */
    public void isFullWith(int waiting) {
        set("capacity", "1");
        await().until(() -> view().settings().capacity() == 1 && view().active() == 0);
        for (int i = 0; i <= waiting; i++) {
            comes();
        }
        await().until(() -> view().active() == 1 && view().waiting() == waiting);
    }

    /** As if it had been open for so long: a sample every five seconds, fewer and fewer people. */
    public void remembersTheLastQuarterOfAnHour() {
        long now = System.currentTimeMillis();
        StringBuilder samples = new StringBuilder();
        for (int ago = 180; ago > 0; ago--) {
            int waiting = 3 + ago / 4 + ago % 5;
            samples.append(
                    " \"%d %d 1 %d\"".formatted(now - 5000L * ago, waiting, 11 + ago / 7 % 3));
        }
        line.ask("DEL wr:{main}:history");
        line.ask("RPUSH wr:{main}:history" + samples);
    }

    /** It comes back empty, and nobody has seen it go who did not ask meanwhile. */
    public void losesRedis() {
        line.kill();
        Browser late = somebody();
        await().until(() -> late.ask("POST", "/api/v1/queue/tokens", "{}").status() == 503);
        line.restart();
    }

    /** Newest of all concerts from now on, with no date on sale. */
    public void announces(String title) {
        Browser seller = new Browser(sale.orElseThrow().boxOffice());
        seller.keep("Authorization", Stage.adminLogin(OPS_PASSWORD));
        seller.post(
                "/admin/concerts",
                "{\"title\":\"%s\",\"artist\":\"Somebody\",\"venue\":\"Hall\"}".formatted(title),
                201);
        await().until(() -> somebody().text("/api/v1/concerts").contains(title));
    }

    public void revokes(String token) {
        operator().post("/ops/api/revoke", "{\"token\":\"%s\"}".formatted(token), 200);
    }

    /** One more, that nobody comes to; it stays for the stories that follow. */
    public void has(String room) {
        String wish = "{\"room\":\"%1$s\",\"settings\":{\"paths\":[\"/%1$s/**\"]}}";
        operator().ask("POST", "/ops/api/rooms", wish.formatted(room));
        operator().get("/ops/api/rooms/" + room, 200);
    }

    private Browser operator() {
        Browser operator = new Browser(management);
        operator.keep("Authorization", "Bearer " + OPS_PASSWORD);
        return operator;
    }

    public void set(String... settings) {
        main.set(settings);
    }

    /** As of the next tick. */
    public RoomView view() {
        return main.view();
    }

    /** Nobody inside, nobody in line, and every setting as it was: the next story begins anew. */
    public void clear() {
        everybodyGoes();
        main.empty();
        main.reset();
    }

    @Override
    public void close() {
        quickstart.close();
        sale.ifPresent(it -> it.postgres().close());
        site.disposeNow();
        line.close();
    }
}
