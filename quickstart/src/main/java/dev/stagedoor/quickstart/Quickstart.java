package dev.stagedoor.quickstart;

import dev.stagedoor.booking.BookingApplication;
import dev.stagedoor.common.log.StandardOutput;
import dev.stagedoor.gateway.GatewayApplication;

import org.springframework.context.ConfigurableApplicationContext;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Starts everything, or the line alone before a site that is there already ({@code --origin}), says
 * where it is, and stops it on Ctrl-C.
 */
public final class Quickstart implements AutoCloseable {

    private final Settings settings;
    private final Optional<ConfigurableApplicationContext> booking;
    private final ConfigurableApplicationContext gateway;

    private Quickstart(
            Settings settings,
            Optional<ConfigurableApplicationContext> booking,
            ConfigurableApplicationContext gateway) {
        this.settings = settings;
        this.booking = booking;
        this.gateway = gateway;
    }

    public static void main(String[] arguments) {
        StandardOutput.isNotWaitedFor();
        try {
            IO.println(start(arguments).welcome());
        } catch (CannotStart e) {
            IO.println("Stagedoor cannot start: " + e.getMessage());
            System.exit(1);
        }
    }

    public static Quickstart start(String... arguments) {
        Settings settings = new Settings(arguments);
        settings.ports().forEach(Quickstart::requireFree);
        Optional<ConfigurableApplicationContext> booking =
                settings.origin().isPresent()
                        ? Optional.empty()
                        : Optional.of(BookingApplication.builder().run(settings.forBooking()));
        try {
            return new Quickstart(
                    settings, booking, GatewayApplication.builder().run(settings.forGateway()));
        } catch (RuntimeException e) {
            booking.ifPresent(ConfigurableApplicationContext::close);
            throw e;
        }
    }

    public ConfigurableApplicationContext gateway() {
        return gateway;
    }

    String welcome() {
        String url = "http://localhost:" + settings.gatewayPort();
        return settings.origin().map(origin -> welcome(url, origin)).orElseGet(() -> welcome(url));
    }

    private String welcome(String url, String origin) {
        return """

        There is a line in front of %2$s: %1$s

          operations        http://localhost:%3$d/ops/, user ops, password %4$s
          health, meters    http://localhost:%3$d/actuator%5$s

        Everybody passes until as many are inside as may be (capacity), then people wait; change it in the console while it runs.

        Ctrl-C ends everything.
        """
                .formatted(
                        url,
                        origin,
                        settings.gatewayManagementPort(),
                        settings.opsPassword(),
                        waysToLook());
    }

    private String welcome(String url) {
        return """

        The sale is open: %1$s

          booking service   http://localhost:%2$d (only through the gateway)
          health, meters    http://localhost:%3$d/actuator (gateway), http://localhost:%4$d/actuator (booking)
          operations        http://localhost:%3$d/ops/, user ops, password %6$s
          admin             http://localhost:%4$d/admin, user admin, password %5$s%8$s

        Try it:

          curl -s %1$s/api/v1/concerts
          TOKEN=$(curl -s -X POST %1$s%7$s/tokens | sed 's/.*"token":"\\([^"]*\\)".*/\\1/')
          curl -s -H "Queue-Token: $TOKEN" %1$s/api/v1/concerts/1/schedules

        Ctrl-C ends everything.
        """
                .formatted(
                        url,
                        settings.bookingPort(),
                        settings.gatewayManagementPort(),
                        settings.bookingManagementPort(),
                        settings.adminPassword(),
                        settings.opsPassword(),
                        settings.queuePrefix(),
                        waysToLook());
    }

    private String waysToLook() {
        return settings.waysToLook().stream()
                .map("\n  by hand           "::concat)
                .collect(Collectors.joining());
    }

    /** The gateway goes first: nobody is sent to a service that is no longer there. */
    @Override
    public void close() {
        gateway.close();
        booking.ifPresent(ConfigurableApplicationContext::close);
    }

    private static void requireFree(String setting, int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        } catch (IOException _) {
            throw new CannotStart(
                    "port %d is taken; choose another one with --%s=…".formatted(port, setting));
        }
    }
}
