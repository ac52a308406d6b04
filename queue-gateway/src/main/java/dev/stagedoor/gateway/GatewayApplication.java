package dev.stagedoor.gateway;

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

import java.util.Locale;

/** Starts one gateway. Any number of them may run in front of the same Redis. */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration(
        // The gateway knows no database, and signs passes instead of asking for them; what the
        // booking service needs for both may lie on the same class path.
        excludeName = {
            "dev.stagedoor.boot.StagedoorAutoConfiguration",
            "org.springframework.boot.data.r2dbc.autoconfigure.DataR2dbcAutoConfiguration",
            "org.springframework.boot.data.r2dbc.autoconfigure.DataR2dbcRepositoriesAutoConfiguration",
            "org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration",
            "org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration",
            "org.springframework.boot.r2dbc.autoconfigure.R2dbcAutoConfiguration",
            "org.springframework.boot.r2dbc.autoconfigure.R2dbcTransactionManagerAutoConfiguration"
        })
@ConfigurationPropertiesScan
// What belongs to the management port must not be found on the public one.
@ComponentScan(
        excludeFilters =
                @Filter(type = FilterType.REGEX, pattern = "dev\\.stagedoor\\.gateway\\.ops\\..*"))
public class GatewayApplication {

    public static void main(String[] arguments) {
        StandardOutput.isNotWaitedFor();
        builder().run(arguments);
    }

    /** Its settings have a name of their own, so that both services fit on one class path. */
    public static SpringApplicationBuilder builder() {
        FreshNames.forgottenSoon();
        // Programs read what is written: %d has the digits of the language, as of Persian.
        Locale.setDefault(Locale.ROOT);
        return new SpringApplicationBuilder(GatewayApplication.class)
                .web(WebApplicationType.REACTIVE)
                .bannerMode(Banner.Mode.OFF)
                .initializers(new AddressOfRedis())
                .properties("spring.config.name=queue-gateway");
    }
}
