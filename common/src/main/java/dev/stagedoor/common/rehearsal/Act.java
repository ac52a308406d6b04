package dev.stagedoor.common.rehearsal;

import io.netty.handler.codec.http.HttpMethod;

import java.util.Map;

/**
 * One request of a rehearsal.
 *
 * @param body empty for none
 * @param answer the status that it is to be answered with
 */
public record Act(
        HttpMethod method, String path, Map<String, String> headers, String body, int answer) {

    public static Act get(String path, Map<String, String> headers, int answer) {
        return new Act(HttpMethod.GET, path, headers, "", answer);
    }

    public static Act post(String path, Map<String, String> headers, String body, int answer) {
        return new Act(HttpMethod.POST, path, headers, body, answer);
    }
}
