package dev.stagedoor.gateway.waitingroom.room;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** How long a Redis was busy with each script, by its own slow log, and how much it worked. */
record Busy(URI redis) {

    /** Of scripts that take longer than this, all are logged from now on. */
    void logsFrom(int micros) {
        say("CONFIG SET slowlog-log-slower-than " + micros);
        say("CONFIG SET slowlog-max-len 100000");
    }

    /**
     * In µs.
     *
     * @param scripts of each script, ascending
     * @param processor of all that Redis has done
     */
    record Meanwhile(List<Long> scripts, long processor) {}

    Meanwhile with(Runnable work) {
        say("SLOWLOG RESET");
        long before = processor();
        work.run();
        long processor = processor() - before;
        return new Meanwhile(scripts(), processor);
    }

    private List<Long> scripts() {
        return Arrays.stream(say("SLOWLOG GET 100000").split("\\*6 "))
                .filter(entry -> entry.contains("EVALSHA") || entry.contains("EVAL "))
                .map(entry -> Long.valueOf(entry.split(" ")[2].substring(1)))
                .sorted()
                .toList();
    }

    private long processor() {
        double seconds =
                Arrays.stream(say("INFO cpu").split(" "))
                        .filter(line -> line.matches("used_cpu_(sys|user)_main_thread:.*"))
                        .mapToDouble(
                                line -> Double.parseDouble(line.substring(line.indexOf(':') + 1)))
                        .sum();
        return Math.round(seconds * 1e6);
    }

    static void print(String what, List<Long> micros) {
        System.out.printf(
                "| %s: times, µs: half, nine in ten, all below | %d | %.0f | %.0f | %.0f |%n",
                what, micros.size(), part(micros, 0.5), part(micros, 0.9), part(micros, 1));
    }

    static double part(List<Long> values, double part) {
        List<Long> sorted = values.stream().sorted().toList();
        return sorted.get((int) Math.ceil(part * sorted.size()) - 1);
    }

    /** What Redis answers, on one line. */
    private String say(String command) {
        try (Socket socket = new Socket(redis.getHost(), redis.getPort())) {
            socket.getOutputStream()
                    .write((command + "\r\nPING\r\n").getBytes(StandardCharsets.UTF_8));
            BufferedReader answer =
                    new BufferedReader(
                            new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            StringBuilder lines = new StringBuilder();
            for (String line = answer.readLine(); !line.equals("+PONG"); line = answer.readLine()) {
                lines.append(line).append(' ');
            }
            return lines.toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
