package dev.stagedoor.booking.admin;

import dev.stagedoor.booking.catalogue.Staging.Terms;
import dev.stagedoor.booking.web.Fields;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.Map;
import java.util.Objects;

/** What an admin says of a schedule: on sale from now until it begins, unless told otherwise. */
record NewSchedule(
        @Nullable Instant startsAt,
        @Nullable Instant salesOpenAt,
        @Nullable Instant salesCloseAt,
        @Nullable Integer seatCount,
        @Nullable Integer seatsPerUser,
        @Nullable Long price,
        @Nullable Long planId,
        @Nullable Map<String, @Nullable Long> prices) {

    private static final int SEATS = 50;
    private static final int SEATS_PER_USER = 4;
    private static final int MOST_SEATS = 100_000;
    private static final long DEAREST = 1_000_000_000L;
    private static final String PRICE = "be 1 to " + DEAREST + "; with a planId there are prices";

    static final String TIME = "be a time of the years 2000 to 9999";
    private static final Instant FIRST = Instant.parse("2000-01-01T00:00:00Z");
    private static final Instant LAST = Instant.parse("9999-12-31T00:00:00Z");

    static boolean isTime(@Nullable Instant said) {
        return said == null || said.isAfter(FIRST) && said.isBefore(LAST);
    }

    Terms checked() {
        Instant opens = Objects.requireNonNullElseGet(salesOpenAt, Instant::now);
        Instant closes = salesCloseAt == null ? startsAt : salesCloseAt;
        int seats = Objects.requireNonNullElse(seatCount, SEATS);
        int most = Objects.requireNonNullElse(seatsPerUser, SEATS_PER_USER);
        new Fields()
                .must(startsAt != null, "startsAt", "be there")
                .must(isTime(startsAt), "startsAt", TIME)
                .must(isTime(salesOpenAt), "salesOpenAt", TIME)
                .must(isTime(salesCloseAt), "salesCloseAt", TIME)
                .must(
                        closes == null || opens.isBefore(closes),
                        "salesOpenAt",
                        "be before the end of sales")
                .must(seats >= 1 && seats <= MOST_SEATS, "seatCount", "be 1 to " + MOST_SEATS)
                .must(most >= 1 && most <= 1000, "seatsPerUser", "be 1 to 1000")
                .must(planId == null ? isPrice(price) : price == null, "price", PRICE)
                .must(planId == null || planId > 0, "planId", "be positive")
                .must(planId == null || seatCount == null, "seatCount", "be that of the plan")
                .must(
                        planId == null ? prices == null : arePrices(),
                        "prices",
                        "be there with a planId, each 1 to " + DEAREST)
                .orRefuse();
        return planId == null
                ? new Terms(startsAt, opens, closes, seats, most, price)
                : new Terms(startsAt, opens, closes, seats, most, 0, planId, Map.copyOf(prices));
    }

    private boolean arePrices() {
        return prices != null && prices.values().stream().allMatch(NewSchedule::isPrice);
    }

    private static boolean isPrice(@Nullable Long price) {
        return price != null && price >= 1 && price <= DEAREST;
    }
}
