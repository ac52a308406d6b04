package dev.stagedoor.booking.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stagedoor.booking.stage.Answered;
import dev.stagedoor.booking.stage.Audits;
import dev.stagedoor.booking.stage.Visitor;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A house with sections, rows and categories. */
@Timeout(120)
class HouseTests extends OneHouse {

    @Test
    void isSoldByItsPlan() {
        Answered plan = plan(SMALL).is(201);
        assertThat(plan.number("version")).isEqualTo(1);
        assertThat(plan.number("seatCount")).isEqualTo(23);
        ScheduleId schedule = show(plan, "{\"A\":900,\"B\":500,\"F\":300}");

        Visitor visitor = booking.visitor();
        Answered held = visitor.reserve(schedule, 9, 14, 20).is(201);

        assertThat(held.number("payment/amount")).isEqualTo(900 + 500 + 300);
        assertThat(held.at("tickets/0/place").toString())
                .isEqualTo(
                        "{\"section\":\"Stalls\",\"row\":\"1\",\"seat\":\"9\",\"category\":\"A\"}");
        assertThat(held.text("tickets/1/place/seat")).isEqualTo("4");
        assertThat(held.at("tickets/2/place").toString())
                .isEqualTo("{\"section\":\"Floor\",\"category\":\"F\"}");
        assertThat(visitor.get("/api/v1/tickets").text("tickets/0/place/section")).isNotEmpty();
        visitor.reserve(schedule, 24).is(404, "seat-not-found");
        Audits.everythingIsWellIn(booking);
    }

    @Test
    void isTheSameForEver() {
        Answered plan = plan(SMALL).is(201);
        String drawn = "/api/v1/plans/" + plan.number("planId");
        Visitor visitor = booking.visitor();

        Answered first = visitor.get(drawn).is(200);
        Answered again = visitor.get(drawn, "If-None-Match", first.header("ETag"));
        Answered zipped = visitor.get(drawn, "Accept-Encoding", "gzip").is(200);

        assertThat(first.header("Cache-Control")).contains("max-age=31536000", "immutable");
        assertThat(again.status()).isEqualTo(304);
        assertThat(zipped.header("Content-Encoding")).isEqualTo("gzip");
        assertThat(zipped.header("Vary")).isEqualTo("Accept-Encoding");
        assertThat(zipped.header("ETag")).isNotEqualTo(first.header("ETag"));
        assertThat(first.at("benches")).hasSize(4);
        assertThat(first.at("benches/1/firstSeat").asInt()).isEqualTo(7);
        assertThat(first.at("benches/1/accessible").toString()).isEqualTo("[9]");
        assertThat(first.at("benches/1/x").asDouble()).isEqualTo(2);
        assertThat(first.at("benches/3/standing").asBoolean()).isTrue();
        visitor.get("/api/v1/plans/999999999").is(404, "plan-not-found");
        assertThatThrownBy(() -> booking.sql("UPDATE plan SET name = 'Other'"))
                .hasStackTraceContaining("plan is append-only");
    }

    @Test
    void hasVersions() {
        String name = name();
        Answered first = admin("POST", "/admin/plans", SMALL.formatted(name)).is(201);
        Answered second = admin("POST", "/admin/plans", SMALL.formatted(name)).is(201);

        assertThat(second.number("version")).isEqualTo(2);
        assertThat(admin("GET", "/admin/plans", "").is(200).text("plans/0/planId"))
                .isEqualTo(second.text("planId"));
        Answered document = admin("GET", first.header("Location"), "").is(200);
        assertThat(document.text("sections/0/rows/1/labels/2")).isEqualTo("9");
        admin("POST", "/admin/plans", document.body()).is(201);
        admin("GET", "/admin/plans/999999999", "").is(404, "plan-not-found");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    {"sections":[]}                                                                                | name
                    {"name":"N","sections":[null]}                                                                 | sections[0]
                    {"name":"N","sections":[{"name":"S","category":"A"}]}                                          | sections[0].rows
                    {"name":"N","sections":[{"name":"S","category":"A","places":0}]}                               | sections[0].places
                    {"name":"N","sections":[{"name":"S","rows":[{"name":"1","seats":3}]}]}                         | sections[0].rows[0].category
                    {"name":"N","sections":[{"name":"S","category":"A","rows":[{"name":"1","seats":1001}]}]}       | sections[0].rows[0].seats
                    {"name":"N","sections":[{"name":"S","category":"A","rows":[{"name":"1","labels":[null]}]}]}    | sections[0].rows[0].labels
                    {"name":"N","sections":[{"name":"S","category":"A","rows":[{"name":"1","seats":3},{"name":"1","seats":3}]}]} | sections[0].rows[1].labels
                    {"name":"N","sections":[{"name":"S","category":"A","rows":[{"name":"1","seats":3,"accessible":["4"]}]}]} | sections[0].rows[0].accessible
                    {"name":"N","sections":[{"name":"S","category":"A","rows":[{"name":"1","seats":3,"accessible":["1","1"]}]}]} | sections[0].rows[0].accessible
                    {"name":"N","sections":[{"name":"S","category":"A","places":1},{"name":"S","category":"A","places":1}]} | sections[1].name
                    {"name":"N","sections":[{"name":"S","category":"A","places":"many"}]}                          | sections[0].places
                    {"name":"N","sections":[{"name":"S","category":"A","x":1e9,"places":1}]}                       | sections[0].x
                    {"name":"N","sections":[{"name":"S","category":"A","places":99999},{"name":"T","category":"A","places":99999}]} | sections
                    null                                                                                           | name
                    {"name":"N","sections":[]}                                                                     | sections
                    {"name":"N","sections":[{"name":"S","places":5}]}                                              | sections[0].category
                    {"name":"N","sections":[{"name":"S","category":"no more than twenty","places":5},{"name":"T","category":"one more than twenty.","places":5}]} | sections[1].category
                    {"name":"N","sections":[{"name":"S","category":"A","places":5,"rows":[{"name":"1","seats":3}]}]} | sections[0].rows
                    {"name":"N","sections":[{"name":"S","category":"A","y":1e9,"places":1}]}                       | sections[0].x
                    {"name":"N","sections":[{"name":"S","category":"A","angle":1e9,"places":1}]}                   | sections[0].angle
                    {"name":"N","sections":[{"name":"S","category":"A","rows":[null]}]}                            | sections[0].rows[0]
                    {"name":"N","sections":[{"name":"S","category":"A","rows":[{"name":"1","seats":0}]}]}          | sections[0].rows[0].seats
                    {"name":"N","sections":[{"name":"S","category":"A","rows":[{"name":"1","seats":1,"labels":["1"]}]}]} | sections[0].rows[0].seats
                    {"name":"N","sections":[{"name":"S","category":"A","rows":[{"name":"1","seats":1,"category":"one more than twenty."}]}]} | sections[0].rows[0].category
                    {"name":"N","sections":[{"name":"S","category":"A","rows":[{"name":"1","seats":1,"y":1e9}]}]}  | sections[0].rows[0].x
                    {"name":"N","sections":[{"name":"S","category":"A","places":99999},{"name":"T","category":"A","places":99999},{"name":"U","category":"A","places":-99999}]} | sections
                    {"name":"N","sections":[{"name":"S","category":"A","places":99999},{"name":"T","category":"A","places":99999},{"name":"U","category":"A","rows":[{"name":"1","seats":-99999}]}]} | sections
                    [7]                                                                                            | body
                    {                                                                                              | body
                    """)
    void ofWhichSomethingIsWrongIsToldWhere(String plan, String where) {
        assertThat(admin("POST", "/admin/plans", plan).is(400, "validation-failed").body())
                .contains("\"field\":\"" + where + "\"");
    }

    @Test
    void hasNoEndlessPlan() {
        admin("POST", "/admin/plans", " ".repeat((1 << 20) + 1)).is(413, "body-too-large");

        String floors =
                IntStream.rangeClosed(1, 5_001)
                        .mapToObj(
                                "{\"name\":\"%d\",\"category\":\"A\",\"places\":1,\"rows\":[]}"
                                        ::formatted)
                        .collect(Collectors.joining(","));
        plan("{\"name\":\"%%s\",\"sections\":[%s]}".formatted(floors)).is(400, "validation-failed");

        // Five million seats are counted, and none of them is looked at: the last row is the first
        // again.
        String rows =
                IntStream.rangeClosed(1, 5_000)
                        .mapToObj(i -> "{\"name\":\"%d\",\"seats\":1000}".formatted(i % 4_999))
                        .collect(Collectors.joining(","));
        String house =
                "{\"name\":\"%%s\",\"sections\":[{\"name\":\"S\",\"category\":\"A\",\"rows\":[%s]}]}"
                        .formatted(rows);
        assertThat(plan(house).is(400, "validation-failed").text("fields/0/field"))
                .isEqualTo("sections");
    }

    @Test
    void needsAPriceForEachCategory() {
        Answered plan = plan(SMALL).is(201);

        staging(plan.text("planId"), "{\"A\":900,\"B\":500}").is(400, "validation-failed");
        staging(plan.text("planId"), "{\"A\":1,\"B\":1,\"F\":1,\"G\":1}").is(400);
        staging(plan.text("planId"), "{\"A\":1,\"B\":1,\"F\":0}").is(400);
        staging(plan.text("planId"), "null").is(400);
        staging(plan.text("planId"), "{\"A\\u0000\":1}").is(400, "validation-failed");
        staging("999999999", "{\"A\":1}").is(404, "plan-not-found");
    }
}
