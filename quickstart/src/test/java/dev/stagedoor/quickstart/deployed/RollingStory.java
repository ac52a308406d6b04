package dev.stagedoor.quickstart.deployed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.booking.BookingApplication;
import dev.stagedoor.common.SigningKey;
import dev.stagedoor.devservices.EmbeddedPostgres;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.GatewayApplication;
import dev.stagedoor.quickstart.stage.Stage;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * Another version of everything, as the runbook has it: two gateways and two booking services, each
 * a process of its own, behind nginx; the next one is taken out, told to go ({@code SIGTERM}), and
 * comes back with another setting, while people buy, wait and listen: one sale first, then the
 * gateways, so that each kind meets the other of before and of after. Eight JVMs start, beside
 * which a small machine has no time for those who are served: so it is played when it is asked for,
 * by {@code -Drolling=true}, on a machine that does nothing else. With {@code -Drolling.from} all
 * begin as a version of before.
 */
@EnabledIfSystemProperty(named = "rolling", matches = "true")
@Timeout(900)
class RollingStory {

    @TempDir Path directory;

    @Test
    void nobodyIsRefusedAndNobodyLosesAPlace() throws Exception {
        try (EmbeddedRedis redis = EmbeddedRedis.start();
                EmbeddedPostgres postgres = EmbeddedPostgres.start();
                Balancer balancer = new Balancer(directory)) {
            List<String> common = common(redis, postgres);
            Instance sale = new Instance(BookingApplication.class, "booking", common, directory);
            Instance otherSale =
                    new Instance(BookingApplication.class, "booking", common, directory);
            List<String> behind =
                    Stream.concat(
                                    common.stream(),
                                    Stream.of("--stagedoor.upstream.url=" + balancer.sale()))
                            .toList();
            Instance gateway = new Instance(GatewayApplication.class, "gateway", behind, directory);
            Instance otherGateway =
                    new Instance(GatewayApplication.class, "gateway", behind, directory);
            List<Instance> all = List.of(sale, gateway, otherGateway, otherSale);
            try {
                List.of(sale, gateway, otherGateway).forEach(Instance::begin);
                sale.isReady(); // it migrates alone
                otherSale.begin();
                all.forEach(Instance::isReady);
                balancer.stand(List.of(gateway, otherGateway), List.of(sale, otherSale));
                RollingCrowd crowd = RollingCrowd.come(balancer.gateways(), sale.management());
                for (Instance next : all) {
                    crowd.goesOn();
                    balancer.without(next);
                    next.goes();
                    crowd.goesOn();
                    next.begin(
                            "--stagedoor.gateway.recovery-window=30s",
                            "--stagedoor.booking.hold=4m");
                    next.isReady();
                    balancer.withAll();
                }
                crowd.goesOn();

                crowd.goesHome();

                assertThat(crowd.refused()).isEmpty();
                assertThat(crowd.bought()).isGreaterThan(10);
                assertThat(crowd.listenedAgain()).isPositive();
                crowd.everybodyStandsWhereTheyStood();
                crowd.theBooksAreRight();
            } finally {
                all.forEach(Instance::close);
            }
        }
    }

    private static List<String> common(EmbeddedRedis redis, EmbeddedPostgres postgres) {
        return Stream.concat(
                        Stage.on(postgres.database()).stream(),
                        Stream.of(
                                "--spring.data.redis.url=" + redis.url(),
                                "--stagedoor.keys.queue=" + SigningKey.random("queue").encoded(),
                                "--stagedoor.keys.pass=" + SigningKey.random("pass").encoded(),
                                "--stagedoor.keys.access=" + SigningKey.random("access").encoded(),
                                "--stagedoor.admin.password=" + Stage.ADMIN_PASSWORD,
                                "--stagedoor.gateway.trusted-proxies=127.0.0.1",
                                "--stagedoor.gateway.unlimited-addresses=127.0.0.1",
                                "--stagedoor.rooms.main.paths=/api/**",
                                "--stagedoor.rooms.main.interval=100ms",
                                "--stagedoor.rooms.full.paths=/full/**",
                                "--stagedoor.rooms.full.capacity=1",
                                "--stagedoor.rooms.full.claim-timeout=1h",
                                "--stagedoor.rooms.full.session=1h",
                                "--stagedoor.rooms.full.idle-timeout=60s",
                                "--stagedoor.rooms.full.max-session=0",
                                "--stagedoor.rooms.full.interval=100ms"))
                .toList();
    }

    static final Duration PATIENCE = Duration.ofSeconds(240);
}
