package dev.stagedoor.gateway.ops;

import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.connection.IdleConnections;
import dev.stagedoor.common.operators.Guesses;
import dev.stagedoor.common.operators.Operators;
import dev.stagedoor.gateway.answer.Answers;
import dev.stagedoor.gateway.token.Guests;
import dev.stagedoor.gateway.token.QueueTokens;
import dev.stagedoor.gateway.waitingroom.room.Rooms;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.actuate.autoconfigure.web.ManagementContextConfiguration;
import org.springframework.boot.actuate.autoconfigure.web.ManagementContextType;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.ServerResponse;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;

/**
 * Found by Boot through {@code META-INF/spring}, and only in a program that is a gateway: the
 * booking service's management context, on the same class path, passes it by.
 */
@ManagementContextConfiguration(value = ManagementContextType.CHILD, proxyBeanMethods = false)
@ConditionalOnBean(Rooms.class)
public class OpsContext {

    private static final Logger LOG = LoggerFactory.getLogger(OpsContext.class);

    private static final Duration IDLE = Duration.ofSeconds(75);

    private static final int PASSWORD_BYTES = 18;

    /** The server of this context is made apart: customizers of the other one do not reach it. */
    @Bean
    WebServerFactoryCustomizer<NettyReactiveWebServerFactory> managementConnections() {
        return factory ->
                factory.addServerCustomizers(server -> IdleConnections.closed(server, IDLE));
    }

    @Bean
    RouterFunction<ServerResponse> opsRoutes(
            Rooms rooms,
            QueueTokens tokens,
            Guests guests,
            OpsProperties properties,
            Answers answers) {
        boolean isNobodySet = properties.password().isBlank() && properties.operators().isEmpty();
        Operators operators =
                new Operators(
                        ProblemCode.OPS_REQUIRED,
                        "stagedoor.ops",
                        "ops",
                        isNobodySet ? madeUp() : properties.password(),
                        properties.operators(),
                        Guesses.steadyClock());
        RoomCalls calls = new RoomCalls(rooms);
        return new OpsRoutes(
                        calls,
                        new TicketCalls(calls, tokens),
                        new VisitorCalls(calls, guests),
                        new OpsFilter(operators, OpsRoutes.CHANGES_NOTHING),
                        answers)
                .routes();
    }

    private static String madeUp() {
        byte[] random = new byte[PASSWORD_BYTES];
        new SecureRandom().nextBytes(random);
        String password = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
        LOG.warn("stagedoor.ops.password is not set; until the next start it is {}", password);
        return password;
    }
}
