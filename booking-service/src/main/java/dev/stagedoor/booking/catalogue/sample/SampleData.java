package dev.stagedoor.booking.catalogue.sample;

import dev.stagedoor.booking.catalogue.Plans;
import dev.stagedoor.booking.catalogue.Staging;
import dev.stagedoor.booking.catalogue.Staging.Terms;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;

/** Something to try things out with: {@code stagedoor.booking.sample-data=true}. */
@Component
@ConditionalOnBooleanProperty("stagedoor.booking.sample-data")
record SampleData(DatabaseClient database, Plans plans, Staging staging)
        implements ApplicationRunner {

    private static final ZoneId SEOUL = ZoneId.of("Asia/Seoul");
    private static final LocalTime CURTAIN = LocalTime.of(19, 0);
    private static final List<Integer> DAYS_AHEAD = List.of(14, 15, 21);

    private static final List<Sample> SAMPLES =
            List.of(
                    new Sample("한여름 밤의 재즈", "서울 재즈 오케스트라", "고척스카이돔", 60_000, true),
                    new Sample(
                            "Winter Lights Live",
                            "The Paper Lanterns",
                            "KSPO Dome",
                            132_000,
                            false),
                    new Sample("별빛 콘서트 Starlight", "루나 & Friends", "예술의전당 콘서트홀", 88_000, false));

    private static final Map<String, Long> PRICES =
            Map.of("Standing", 110_000L, "R", 132_000L, "S", 99_000L, "A", 66_000L);

    /** The program is ready when they are there. */
    @Override
    public void run(ApplicationArguments arguments)
            throws InterruptedException, ExecutionException {
        Flux.fromIterable(SAMPLES).concatMap(this::once, 1).then().toFuture().get();
    }

    private Mono<Void> once(Sample sample) {
        return database.sql("SELECT count(*) AS known FROM concert WHERE title = :title")
                .bind("title", sample.title())
                .map(row -> row.get("known", Long.class))
                .one()
                .filter(known -> known == 0)
                .flatMap(_ -> stage(sample));
    }

    private Mono<Void> stage(Sample sample) {
        return staging.concert(sample.title(), sample.artist(), sample.venue(), SEOUL.getId())
                .flatMapMany(
                        concert ->
                                terms(sample)
                                        .concatMap(
                                                terms ->
                                                        staging.schedule(
                                                                concert.concertId(), terms),
                                                1))
                .then();
    }

    /** The last evening in the dome is for as many as it holds. */
    private Flux<Terms> terms(Sample sample) {
        Flux<Terms> small =
                Flux.fromIterable(DAYS_AHEAD)
                        .map(days -> terms(days, sample.price(), null, Map.of()));
        return sample.inDome()
                ? small.take(DAYS_AHEAD.size() - 1)
                        .concatWith(plans.put(SampleHouse.plan()).map(SampleData::inDome))
                : small;
    }

    private static Terms inDome(Plans.Version plan) {
        return terms(DAYS_AHEAD.getLast(), 0, plan.planId().value(), PRICES);
    }

    private static Terms terms(
            int daysAhead, long price, @Nullable Long plan, Map<String, Long> prices) {
        Instant starts =
                LocalDate.now(SEOUL).plusDays(daysAhead).atTime(CURTAIN).atZone(SEOUL).toInstant();
        Instant opened = Instant.now().minus(Duration.ofHours(1));
        Instant closes = starts.minus(Duration.ofHours(1));
        return new Terms(starts, opened, closes, 50, 4, price, plan, prices);
    }

    private record Sample(String title, String artist, String venue, long price, boolean inDome) {}
}
