package dev.stagedoor.common.rehearsal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Map;

/** One request of a rehearsal, and the status that it is to be answered with. */
public record Act(byte[] request, int answer) {

    public static Act get(String path, Map<String, String> headers, int answer) {
        return new Act((head("GET " + path, headers) + "\r\n").getBytes(UTF_8), answer);
    }

    /**
     * @param body empty for none
     */
    public static Act post(String path, Map<String, String> headers, String body, int answer) {
        String length = "Content-Length: " + body.getBytes(UTF_8).length + "\r\n\r\n";
        String request = head("POST " + path, headers) + length + body;
        return new Act(request.getBytes(UTF_8), answer);
    }

    private static String head(String start, Map<String, String> headers) {
        StringBuilder head =
                new StringBuilder(start).append(" HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n");
        headers.forEach((name, value) -> head.append(name).append(": ").append(value + "\r\n"));
        return head.toString();
    }

    @Override
    public String toString() {
        return new String(request, UTF_8).lines().findFirst().orElseThrow();
    }
}
