package dev.stagedoor.booking.admin;

import dev.stagedoor.booking.audit.Auditing;
import dev.stagedoor.booking.catalogue.Catalogue;
import dev.stagedoor.booking.catalogue.Plans;
import dev.stagedoor.booking.catalogue.Staging;
import dev.stagedoor.booking.people.SigningIn;
import dev.stagedoor.booking.sale.Doors;
import dev.stagedoor.booking.sale.Figures;
import dev.stagedoor.booking.sale.Sale;
import dev.stagedoor.booking.sale.TicketCodes;
import dev.stagedoor.common.IdleConnections;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.operators.Operators;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.actuate.autoconfigure.web.ManagementContextConfiguration;
import org.springframework.boot.actuate.autoconfigure.web.ManagementContextType;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.r2dbc.core.DatabaseClient;

import tools.jackson.databind.json.JsonMapper;

import java.time.Duration;
import java.time.InstantSource;

/**
 * Found by Boot through {@code META-INF/spring}, and only in a program that is a booking service:
 * the gateway's management context, on the same class path, passes it by.
 */
@ManagementContextConfiguration(value = ManagementContextType.CHILD, proxyBeanMethods = false)
@ConditionalOnBean(Staging.class)
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
    AdminController adminController(
            Staging staging, Auditing auditing, Catalogue catalogue, Sale sale, Changes changes) {
        return new AdminController(staging, auditing, catalogue, sale, changes);
    }

    @Bean
    Changes changes(DatabaseClient database, JsonMapper json) {
        return new Changes(database, json);
    }

    @Bean
    SellerController sellerController(Sale sale, Catalogue catalogue, Changes changes) {
        return new SellerController(sale, catalogue, changes);
    }

    @Bean
    ReportController reportController(Catalogue catalogue, Figures figures, Changes changes) {
        return new ReportController(catalogue, figures, changes);
    }

    @Bean
    AdminPage adminPage() {
        return new AdminPage();
    }

    @Bean
    CheckInController checkInController(
            Sale sale, Doors doors, TicketCodes codes, Catalogue catalogue) {
        return new CheckInController(sale, doors, codes, catalogue);
    }

    @Bean
    PeopleController peopleController(SigningIn signingIn, Changes changes) {
        return new PeopleController(signingIn, changes);
    }

    @Bean
    PlanController planController(Plans plans, JsonMapper json, Changes changes) {
        return new PlanController(plans, json, changes);
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
                        InstantSource.system()));
    }
}
