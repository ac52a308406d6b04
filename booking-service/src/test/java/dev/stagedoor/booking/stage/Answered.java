package dev.stagedoor.booking.stage;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.HttpHeaders;

import reactor.netty.http.client.HttpClientResponse;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.nio.charset.StandardCharsets;

/** What came back. */
public record Answered(int status, HttpHeaders headers, byte[] bytes) {

    private static final JsonMapper JSON = new JsonMapper();

    static Answered of(HttpClientResponse response, byte[] bytes) {
        return new Answered(response.status().code(), response.responseHeaders().copy(), bytes);
    }

    public String body() {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    public String header(String name) {
        return headers.get(name);
    }

    public JsonNode json() {
        return JSON.readTree(bytes);
    }

    /** By JSON pointer without the first slash. */
    public JsonNode at(String pointer) {
        return json().at("/" + pointer);
    }

    public String text(String pointer) {
        return at(pointer).asString();
    }

    public long number(String pointer) {
        return at(pointer).asLong();
    }

    public String code() {
        return text("code");
    }

    public Answered is(int expected) {
        assertThat(status).as(body()).isEqualTo(expected);
        return this;
    }

    public Answered is(int expected, String code) {
        is(expected);
        assertThat(code()).isEqualTo(code);
        assertThat(header("Content-Type")).isEqualTo("application/problem+json");
        return this;
    }
}
