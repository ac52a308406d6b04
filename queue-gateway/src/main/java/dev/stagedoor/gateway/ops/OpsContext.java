package dev.stagedoor.gateway.ops;

import dev.stagedoor.common.OneAtATime;
import dev.stagedoor.gateway.access.QueueTokens;
import dev.stagedoor.gateway.ops.signin.ConsoleSessions;
import dev.stagedoor.gateway.ops.signin.Guesses;
import dev.stagedoor.gateway.ops.signin.OperatorLogin;
import dev.stagedoor.gateway.ops.signin.Password;
import dev.stagedoor.gateway.waitingroom.Rooms;

import org.springframework.boot.actuate.autoconfigure.web.ManagementContextConfiguration;
import org.springframework.boot.actuate.autoconfigure.web.ManagementContextType;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.ServerResponse;

import java.time.InstantSource;

/**
 * Found by Boot through {@code META-INF/spring}, and only in a program that is a gateway: the
 * booking service's management context, on the same class path, passes it by.
 */
@ManagementContextConfiguration(value = ManagementContextType.CHILD, proxyBeanMethods = false)
@ConditionalOnBean(Rooms.class)
public class OpsContext {

    /** The server of this context is made apart: customizers of the other one do not reach it. */
    @Bean
    WebServerFactoryCustomizer<NettyReactiveWebServerFactory> managementConnections() {
        return factory -> factory.addServerCustomizers(OneAtATime::on);
    }

    @Bean
    RouterFunction<ServerResponse> opsRoutes(
            Rooms rooms, QueueTokens tokens, OpsProperties properties, InstantSource clock) {
        OpsAnswers answers = new OpsAnswers();
        Password password = Password.of(properties.password());
        ConsoleSessions sessions =
                new ConsoleSessions(password.signingKey(), properties.session(), clock);
        OperatorLogin login = new OperatorLogin(password, sessions, new Guesses(clock));
        return new OpsRoutes(
                        new RoomCalls(rooms, answers),
                        new TicketCalls(new TicketStories(rooms, tokens), answers),
                        new SignIn(login, sessions, answers),
                        new OpsFilter(login, answers),
                        answers)
                .routes();
    }
}
