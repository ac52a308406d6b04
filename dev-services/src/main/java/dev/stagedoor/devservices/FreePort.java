package dev.stagedoor.devservices;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A TCP port of the loopback interface that nobody uses at this moment, and that the system gives
 * to nobody who asks for any port: it is still free when a server has been started.
 */
public final class FreePort {

    /** Below the ephemeral ports of Linux, which begin at 32,768. */
    private static final int LOWEST = 16_384;

    private static final int BEYOND = 32_768;

    private FreePort() {}

    public static int find() {
        return ThreadLocalRandom.current()
                .ints(LOWEST, BEYOND)
                .filter(FreePort::isFree)
                .findFirst()
                .orElseThrow();
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return socket.isBound();
        } catch (IOException _) {
            return false;
        }
    }
}
