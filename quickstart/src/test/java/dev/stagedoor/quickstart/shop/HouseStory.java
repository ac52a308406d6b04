package dev.stagedoor.quickstart.shop;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.CDPSession;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Locator.ClickOptions;
import com.microsoft.playwright.Route.FulfillOptions;
import com.microsoft.playwright.options.BoundingBox;
import com.microsoft.playwright.options.MouseButton;

import dev.stagedoor.quickstart.stage.Album;
import dev.stagedoor.quickstart.stage.AtTheTheatre;
import dev.stagedoor.quickstart.stage.Chromium;
import dev.stagedoor.quickstart.stage.Guest;
import dev.stagedoor.quickstart.stage.Theatre;

import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;

import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

/** A house of 20,000 in a real browser. */
@Order(1)
@ResourceLock(Theatre.OF_THE_SALE)
class HouseStory extends AtTheTheatre {

    private static final double SMOOTH = 100;

    /** Moves the map for a while, and says how long half of its frames took at most, in ms. */
    private static final String FRAMES =
            """
            async () => {
              const map = document.getElementById('map');
              const box = map.getBoundingClientRect();
              const at = { clientX: box.left + box.width / 2, clientY: box.top + box.height / 2, bubbles: true, cancelable: true };
              const took = [];
              for (let i = 0; i < 60; i++) {
                map.dispatchEvent(new WheelEvent('wheel', { ...at, deltaY: i < 30 ? -40 : 40 }));
                const begun = performance.now();
                await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
                took.push(performance.now() - begun);
              }
              return took.sort((a, b) => a - b)[30];
            }
            """;

    /** Moves the map, and says how often it was made anew, which takes it away for a moment. */
    private static final String MADE_ANEW =
            """
            async () => {
              const map = document.getElementById('map');
              const box = map.getBoundingClientRect();
              let times = 0;
              await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
              const changes = new MutationObserver(() => times++);
              changes.observe(map, { attributeFilter: ['width', 'height'] });
              for (let i = 0; i < 5; i++) {
                map.dispatchEvent(new WheelEvent('wheel', { clientX: box.left + 9, clientY: box.top + 9, deltaY: -40, cancelable: true }));
                await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
              }
              return [map.clientWidth * devicePixelRatio % 1 > 0, times];
            }
            """;

    /**
     * From near: the seat that is chosen, and those beside it that are free, held and sold. How far
     * the pictures of any two of them are apart in grey, of 255.
     */
    private static final String GREYS =
            """
            async (chosen) => {
              const pen = document.getElementById('map').getContext('2d');
              const { schedules } = await (await fetch(location.pathname.replace('/shop/', '/api/v1/') + '/schedules')).json();
              const { benches } = await (await fetch('/api/v1/plans/' + schedules.find((one) => one.planId).planId)).json();
              const bench = benches.find((one) => chosen >= one.firstSeat && chosen < one.firstSeat + one.seats);
              const ends = benches.filter((one) => one.section === bench.section)
                .flatMap((one) => [0, one.seats - 1].map((i) => [one.x + i * one.stepX, one.y + i * one.stepY]));
              const middle = [0, 1].map((axis) => (Math.min(...ends.map((end) => end[axis])) + Math.max(...ends.map((end) => end[axis]))) / 2);
              const scale = 36 * Math.min(2, devicePixelRatio);
              const picture = (seat) => {
                const i = seat - bench.firstSeat;
                const x = pen.canvas.width / 2 + (bench.x + i * bench.stepX - middle[0]) * scale;
                const y = pen.canvas.height / 2 + (bench.y + i * bench.stepY - middle[1]) * scale;
                const { data } = pen.getImageData(Math.round(x - scale / 2), Math.round(y - scale / 2), scale, scale);
                return Array.from({ length: scale * scale }, (_, k) => data[k * 4 + 3] / 255 * (255 - 0.21 * data[k * 4] - 0.72 * data[k * 4 + 1] - 0.07 * data[k * 4 + 2]));
              };
              const apart = (a, b) => a.reduce((sum, grey, k) => sum + Math.abs(grey - b[k]), 0) / a.length;
              const pictures = [0, 1, 2, 3].map((next) => picture(chosen + next));
              return pictures.flatMap((a, i) => pictures.slice(i + 1).map((b) => apart(a, b)));
            }
            """;

    HouseStory(Theatre stage, Chromium chromium) {
        super(stage, chromium);
    }

    @Test
    void isGoneThroughBySectionRowAndSeatWithTheKeyboardAlone() {
        try (Guest hana = guest(1100, 850)) {
            goIn(hana);
            Album.take(hana.page(), "house");
            hana.tabsTo("#section");
            hana.presses("1", "0", "2", "Enter");
            assertThat(hana.see("#seats tr")).hasCount(22);
            Album.take(hana.page(), "section");
            hana.tabsTo("[data-seat]");
            hana.presses("ArrowRight", "ArrowDown", "Enter");
            assertThat(hana.see("#seats td:focus")).hasAttribute("aria-selected", "true");
            assertThat(hana.see("#picked")).containsText("102 · 2 · ");
            assertThat(hana.see("#sum")).hasText("₩132,000");
            hana.tabsTo("#hold");
            hana.presses("Enter");

            assertThat(hana.see("#countdown")).containsText("left");
            assertThat(hana.see("#heldSeats")).containsText("102 · 2 · ");
            hana.page().reload();
            assertThat(hana.see("#countdown")).containsText("left");
            assertThat(hana.see("#heldSeats")).containsText("102 · 2 · ");
        }
    }

    @Test
    void givesTheBestSeatsOnAPhoneAndOthersSeeThemGo() {
        try (Guest hana = guest(360, 740);
                Guest duri = guest(1100, 850)) {
            goIn(hana);
            goIn(duri);
            String before = duri.see("#dates label").nth(2).textContent();
            hana.see("#category").selectOption("S");
            hana.see("#quantity").selectOption("4");
            hana.see("#takeBest").click();

            assertThat(hana.see("#countdown")).containsText("left");
            assertThat(hana.see("#heldSeats .chip")).hasCount(4);
            assertThat(hana.see("#amount")).hasText("₩396,000");
            assertThat(duri.see("#dates label").nth(2)).not().hasText(before);
        }
    }

    @Test
    void movesSmoothlyAlsoOnASlowPhone() {
        try (Guest hana = guest(360, 740)) {
            goIn(hana);
            double quick = frame(hana);
            CDPSession slow = hana.context().newCDPSession(hana.page());
            var rate = new JsonObject();
            rate.addProperty("rate", 4);
            slow.send("Emulation.setCPUThrottlingRate", rate);
            double onAPhone = frame(hana);

            System.out.printf("frames of the map: %.1f ms, on a phone %.1f ms%n", quick, onAPhone);
            Assertions.assertThat(onAPhone).isLessThan(SMOOTH);
        }
    }

    /** A screen of laptops: a dot of the page is one and a quarter of it. */
    @Test
    void isMadeOnceForAScreenWithOddDots() {
        try (Guest hana =
                new Guest(
                        stage.url(),
                        chromium,
                        new NewContextOptions()
                                .setLocale("en-US")
                                .setDeviceScaleFactor(1.25)
                                .setViewportSize(359, 740))) {
            goIn(hana);

            Assertions.assertThat((List<?>) hana.page().evaluate(MADE_ANEW))
                    .isEqualTo(List.of(true, 0));
        }
    }

    /** Also in the rows of a section each state has a look without its colour. */
    @Test
    void isReadByWhoeverSeesNoColours() {
        AtomicInteger chosen = new AtomicInteger();
        try (Guest hana = guest(1100, 850)) {
            hana.page()
                    .route(
                            "**/seats/events*",
                            it -> it.fulfill(new FulfillOptions().setStatus(404)));
            hana.page().route("**/seats/states*", it -> it.fulfill(states(chosen.get())));
            goIn(hana);
            hana.see("#section").selectOption("102");
            for (int step = 0; step < 10; step++) {
                hana.see("#nearer").click();
            }
            hana.see("#map").click();
            Locator cell = hana.see("#seats td[aria-selected=true]");
            chosen.set(Integer.parseInt(cell.getAttribute("data-seat")));
            int seat = chosen.get() + 2;
            for (String look : List.of("HELD", "SOLD", "BLOCKED")) {
                assertThat(hana.see("[data-seat='%d']".formatted(seat++)))
                        .hasAttribute("data-look", look);
            }

            List<?> apart = (List<?>) hana.page().evaluate(GREYS, chosen.get());
            Assertions.assertThat(apart)
                    .hasSize(6)
                    .allSatisfy(
                            it ->
                                    Assertions.assertThat(((Number) it).doubleValue())
                                            .isGreaterThan(20));
            assertThat(hana.see("#seats [data-look='HELD']")).hasCSS("border-style", "dashed");
            for (String look : List.of("SOLD", "BLOCKED")) {
                assertThat(hana.see("#seats [data-look='%s']".formatted(look)))
                        .hasCSS("text-decoration-line", "line-through");
            }
            assertThat(cell).hasCSS("font-weight", "700");
        }
    }

    /** All are free but the second to the fourth one after that. */
    private static FulfillOptions states(int seat) {
        byte[] bits = new byte[5_000];
        for (int state = 1; seat > 0 && state <= 3; state++) {
            int at = seat + state;
            bits[at / 4] |= (byte) (state << 6 - at % 4 * 2);
        }
        String seats = Base64.getEncoder().encodeToString(bits);
        return new FulfillOptions()
                .setContentType("application/json")
                .setBody(
                        "{\"version\":\"%d\",\"serverTime\":\"%s\",\"available\":1,\"seats\":\"%s\"}"
                                .formatted(seat, Instant.now(), seats));
    }

    /** From far a tap chooses the section under it, from near the seat. */
    @Test
    void nothingIsChosenByTheButtonOfTheMenu() {
        try (Guest hana = guest(1100, 850)) {
            goIn(hana);
            String section = hana.see("#section").inputValue();

            hana.see("#map").click(new ClickOptions().setButton(MouseButton.RIGHT));
            assertThat(hana.see("#section")).hasValue(section);
            hana.see("#map").click();
            assertThat(hana.see("#section")).not().hasValue(section);
        }
    }

    @Test
    void isPinchedByTwoFingersInKorean() {
        try (Guest hana =
                new Guest(
                        stage.url(),
                        chromium,
                        new NewContextOptions()
                                .setLocale("ko-KR")
                                .setHasTouch(true)
                                .setViewportSize(360, 740))) {
            goIn(hana);
            assertThat(hana.see("#map")).hasAttribute("aria-label", Pattern.compile("배치도.*구역"));
            assertThat(hana.see("#nearer")).hasAttribute("aria-label", "확대");
            assertThat(hana.see("#whole")).hasText("전체 보기");
            assertThat(hana.see("#section option").nth(2))
                    .hasText(Pattern.compile("^102 · .*석 남음$"));
            hana.see("#section").selectOption("102");

            pinch(hana, 160, 30);
            tap(hana);
            assertThat(hana.see("#picked")).not().containsText("102");
            hana.see("#section").selectOption("102");
            pinch(hana, 160, 30);
            pinch(hana, 30, 170);
            tap(hana);

            assertThat(hana.see("#picked")).containsText("102 · ");
            assertThat(hana.see("#seats td[aria-selected=true]"))
                    .hasAttribute("aria-label", Pattern.compile("102 구역 \\d+열 \\d+번.*"));
            Album.take(hana.page(), "house-ko");
        }
    }

    /** Two fingers at the middle of the map, so far from each other before and after. */
    private static void pinch(Guest guest, double before, double after) {
        CDPSession fingers = guest.context().newCDPSession(guest.page());
        touch(fingers, "touchStart", guest, before / 2);
        for (int step = 1; step <= 10; step++) {
            touch(fingers, "touchMove", guest, (before + (after - before) * step / 10) / 2);
        }
        touch(fingers, "touchEnd", guest);
        fingers.detach();
    }

    private static void tap(Guest guest) {
        CDPSession finger = guest.context().newCDPSession(guest.page());
        touch(finger, "touchStart", guest, 0);
        touch(finger, "touchEnd", guest);
        finger.detach();
    }

    /**
     * @param far from the middle, once to the left and once to the right
     */
    private static void touch(CDPSession session, String type, Guest guest, double... far) {
        guest.see("#map").scrollIntoViewIfNeeded();
        BoundingBox map = guest.see("#map").boundingBox();
        JsonArray points = new JsonArray();
        for (double side :
                far.length == 0 ? far : far[0] == 0 ? far : new double[] {-far[0], far[0]}) {
            var point = new JsonObject();
            point.addProperty("x", map.x + map.width / 2 + side);
            point.addProperty("y", map.y + map.height / 2);
            point.addProperty("id", side < 0 ? 1 : 2);
            points.add(point);
        }
        var event = new JsonObject();
        event.addProperty("type", type);
        event.add("touchPoints", points);
        session.send("Input.dispatchTouchEvent", event);
    }

    private static double frame(Guest guest) {
        return ((Number) guest.page().evaluate(FRAMES)).doubleValue();
    }

    private static void goIn(Guest guest) {
        guest.page().navigate("/shop/concerts/1");
        guest.see("#dates label").nth(2).click();
        assertThat(guest.see("#map")).isVisible();
        assertThat(guest.see("#section option")).hasCount(38);
    }

    private Guest guest(int width, int height) {
        return new Guest(
                stage.url(),
                chromium,
                new NewContextOptions().setLocale("en-US").setViewportSize(width, height));
    }
}
