package dev.stagedoor.booking;

import dev.stagedoor.common.FreshNames;
import dev.stagedoor.common.log.StandardOutput;
import dev.stagedoor.common.settings.AddressOfRedis;

import org.springframework.boot.Banner;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.ComponentScan.Filter;
import org.springframework.context.annotation.FilterType;

import reactor.netty.ReactorNetty;

import java.util.Locale;

/**
 * Starts the booking service. Its settings stand in {@code booking-service.yaml}, so that it can
 * share a class path with the gateway.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration(
        // Of Redis this service uses one lock, through Redisson; the gateway's client may lie on
        // the same class path.
        excludeName = {
            "org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration",
            "org.springframework.boot.data.redis.autoconfigure.DataRedisReactiveAutoConfiguration",
            "org.springframework.boot.data.redis.autoconfigure."
                    + "DataRedisRepositoriesAutoConfiguration",
            "org.springframework.boot.data.redis.autoconfigure.health."
                    + "DataRedisHealthContributorAutoConfiguration",
            "org.springframework.boot.data.redis.autoconfigure.health."
                    + "DataRedisReactiveHealthContributorAutoConfiguration",
            "org.springframework.boot.data.redis.autoconfigure.observation."
                    + "LettuceObservationAutoConfiguration",
            "org.springframework.boot.data.r2dbc.autoconfigure.DataR2dbcAutoConfiguration",
            "org.springframework.boot.data.r2dbc.autoconfigure.DataR2dbcRepositoriesAutoConfiguration",
            // No method is annotated: what is one transaction says so itself.
            "org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration"
        })
@ConfigurationPropertiesScan
// What belongs to the management port must not be found on the public one.
@ComponentScan(
        excludeFilters =
                @Filter(
                        type = FilterType.REGEX,
                        pattern = "dev\\.stagedoor\\.booking\\.admin\\..*"))
public class BookingApplication {

    public static void main(String[] arguments) {
        StandardOutput.isNotWaitedFor();
        acceptOnAThreadOfItsOwn();
        builder().run(arguments);
    }

    /** Among requests newcomers would wait for as long as the threads have much to do, unseen. */
    private static void acceptOnAThreadOfItsOwn() {
        System.getProperties().putIfAbsent(ReactorNetty.IO_SELECT_COUNT, "1");
    }

    /** The program as it is meant to be started, alone or beside the gateway in one JVM. */
    public static SpringApplicationBuilder builder() {
        FreshNames.forgottenSoon();
        // Programs read what is written: %d has the digits of the language, as of Persian.
        Locale.setDefault(Locale.ROOT);
        return new SpringApplicationBuilder(BookingApplication.class)
                .web(WebApplicationType.REACTIVE)
                .bannerMode(Banner.Mode.OFF)
                .initializers(new AddressOfRedis())
                .properties("spring.config.name=booking-service");
    }
}
