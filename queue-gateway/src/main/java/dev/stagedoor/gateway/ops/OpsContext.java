package dev.stagedoor.gateway.ops;

import dev.stagedoor.common.OneAtATime;
import dev.stagedoor.gateway.token.QueueTokens;
import dev.stagedoor.gateway.waitingroom.room.Rooms;

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
        Sessions sessions = new Sessions(password.signingKey(), properties.session(), clock);
        Doorkeeper doorkeeper = new Doorkeeper(password, sessions, new Guesses(clock));
        return new OpsRoutes(
                        new RoomCalls(rooms, answers),
                        new TicketCalls(new TicketStories(rooms, tokens), answers),
                        new SignIn(doorkeeper, sessions, answers),
                        new Guard(doorkeeper, answers),
                        answers)
                .routes();
    }
}
