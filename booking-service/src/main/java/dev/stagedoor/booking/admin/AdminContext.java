package dev.stagedoor.booking.admin;

import dev.stagedoor.booking.audit.Auditing;
import dev.stagedoor.booking.catalogue.Catalogue;
import dev.stagedoor.booking.catalogue.Staging;
import dev.stagedoor.booking.reservation.BlockingSeats;
import dev.stagedoor.common.OneAtATime;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.actuate.autoconfigure.web.ManagementContextConfiguration;
import org.springframework.boot.actuate.autoconfigure.web.ManagementContextType;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;

/**
 * Found by Boot through {@code META-INF/spring}, and only in a program that is a booking service:
 * the gateway's management context, on the same class path, passes it by.
 */
@ManagementContextConfiguration(value = ManagementContextType.CHILD, proxyBeanMethods = false)
@ConditionalOnBean(Staging.class)
public class AdminContext {

    /** The server of this context is made apart: customizers of the other one do not reach it. */
    @Bean
    WebServerFactoryCustomizer<NettyReactiveWebServerFactory> managementConnections() {
        return factory -> factory.addServerCustomizers(OneAtATime::on);
    }

    @Bean
    AdminController adminController(
            Staging staging, Auditing auditing, Catalogue catalogue, BlockingSeats blocking) {
        return new AdminController(staging, auditing, catalogue, blocking);
    }

    @Bean
    AdminFilter adminFilter(@Value("${stagedoor.admin.password:}") String password) {
        return new AdminFilter(password);
    }
}
