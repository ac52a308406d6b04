package dev.stagedoor.booking.admin;

import dev.stagedoor.booking.catalogue.Staging;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.connection.IdleConnections;
import dev.stagedoor.common.operators.Guesses;
import dev.stagedoor.common.operators.Operators;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.actuate.autoconfigure.web.ManagementContextConfiguration;
import org.springframework.boot.actuate.autoconfigure.web.ManagementContextType;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;

import java.time.Duration;

/**
 * Found by Boot through {@code META-INF/spring}, and only in a program that is a booking service:
 * the gateway's management context, on the same class path, passes it by.
 */
@ManagementContextConfiguration(value = ManagementContextType.CHILD, proxyBeanMethods = false)
@ConditionalOnBean(Staging.class)
@Import({
    AdminController.class,
    AdminPage.class,
    Changes.class,
    CheckInController.class,
    PlanController.class,
    ReportController.class,
    SellerController.class
})
public class AdminContext {

    /** The server of this context is made apart: customizers of the other one do not reach it. */
    @Bean
    WebServerFactoryCustomizer<NettyReactiveWebServerFactory> managementConnections(
            @Value("${stagedoor.booking.idle-timeout}") String idleTimeout) {
        Duration longest = DurationStyle.detectAndParse(idleTimeout);
        return factory ->
                factory.addServerCustomizers(server -> IdleConnections.closed(server, longest));
    }

    @Bean
    AdminFilter adminFilter(AdminProperties properties) {
        return new AdminFilter(
                new Operators(
                        ProblemCode.ADMIN_REQUIRED,
                        "stagedoor.admin",
                        "admin",
                        properties.password(),
                        properties.operators(),
                        Guesses.steadyClock()));
    }
}
