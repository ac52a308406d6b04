package dev.stagedoor.gateway.connection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.gateway.Certificate;
import dev.stagedoor.gateway.Gateways;

import org.springframework.context.ConfigurableApplicationContext;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** A client that speaks in bytes. */
public final class Connection implements AutoCloseable {

    private final Socket socket;
    private final BufferedReader answers;

    public Connection(ConfigurableApplicationContext gateway) throws IOException {
        this(gateway, "local.server.port");
    }

    /**
     * @param port the property that tells it
     */
    public Connection(ConfigurableApplicationContext gateway, String port) throws IOException {
        this(gateway, port, "127.0.0.1");
    }

    /**
     * @param from an address of this machine
     */
    public Connection(ConfigurableApplicationContext gateway, String port, String from)
            throws IOException {
        this(gateway.getEnvironment().getRequiredProperty(port, Integer.class), from);
    }

    public Connection(int port) throws IOException {
        this(port, "127.0.0.1");
    }

    /** In TLS. */
    Connection(ConfigurableApplicationContext gateway, Certificate believed) throws Exception {
        this(
                believed.believed()
                        .getSocketFactory()
                        .createSocket("localhost", Gateways.port(gateway)));
    }

    private Connection(int port, String from) throws IOException {
        this(new Socket("127.0.0.1", port, InetAddress.ofLiteral(from), 0));
    }

    private Connection(Socket socket) throws IOException {
        this.socket = socket;
        socket.setSoTimeout(60_000);
        socket.setTcpNoDelay(true); // what is sent at once is no packet with what is sent then
        answers =
                new BufferedReader(
                        new InputStreamReader(
                                socket.getInputStream(), StandardCharsets.ISO_8859_1));
    }

    public SocketAddress address() {
        return socket.getLocalSocketAddress();
    }

    public void send(String text) throws IOException {
        send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    public void send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
    }

    public record Answer(int status, String body) {}

    /** Reads one answer and returns its status. */
    public int nextStatus() throws IOException {
        return next().status();
    }

    /** Reads one answer whose length is told. */
    public Answer next() throws IOException {
        String first = answers.readLine();
        assertThat(first).as("an answer").startsWith("HTTP/1.1 ");
        int length = 0;
        for (String line = answers.readLine(); !line.isEmpty(); line = answers.readLine()) {
            if (line.regionMatches(true, 0, "content-length:", 0, 15)) {
                length = Integer.parseInt(line.substring(15).strip());
            }
        }
        char[] body = new char[length];
        for (int read = 0; read < length; ) {
            int more = answers.read(body, read, length - read);
            assertThat(more).as("the rest of the body").isNotNegative();
            read += more;
        }
        return new Answer(Integer.parseInt(first.substring(9, 12)), new String(body));
    }

    public String readUntil(String end) throws IOException {
        StringBuilder text = new StringBuilder();
        while (text.indexOf(end) < 0) {
            int next = answers.read();
            assertThat(next).as(text.toString()).isNotNegative();
            text.append((char) next);
        }
        return text.toString();
    }

    /** Everything that comes; that it stays open instead is an error. */
    public String readUntilItCloses() throws IOException {
        StringBuilder text = new StringBuilder();
        try {
            readToTheEnd(text);
        } catch (SocketException _) {
            // reset, because not everything had been read
        }
        return text.toString();
    }

    /** The same; that it is reset is an error as well. */
    String readToTheEnd() throws IOException {
        StringBuilder text = new StringBuilder();
        readToTheEnd(text);
        return text.toString();
    }

    private void readToTheEnd(StringBuilder text) throws IOException {
        for (int next = answers.read(); next >= 0; next = answers.read()) {
            text.append((char) next);
        }
    }

    /** Sends one byte after the other until the other side has had enough. */
    void drips(String head, Duration pause) throws Exception {
        drips(head, pause, "x");
    }

    void drips(String head, Duration pause, String drop) throws Exception {
        send(head);
        try {
            while (!answers.ready()) {
                send(drop);
                LockSupport.parkNanos(pause.toNanos());
            }
        } catch (IOException _) {
            // closed: that is what was waited for
        }
    }

    /** Hangs up without a word, as who loses the net does. */
    public void resets() throws IOException {
        socket.setSoLinger(true, 0);
        close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
