package dev.stagedoor.gateway.page;

import dev.stagedoor.gateway.Visitor;

import org.springframework.context.ConfigurableApplicationContext;

import java.net.HttpCookie;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A browser without scripts: asks for pages, keeps cookies, submits forms. */
final class Navigator {

    private final String room;
    private final Map<String, String> cookies = new LinkedHashMap<>();
    private String language = "en";

    Navigator(String room) {
        this.room = room;
    }

    void keep(String cookie, String value) {
        cookies.put(cookie, value);
    }

    List<String> kept() {
        return List.copyOf(cookies.keySet());
    }

    void speaks(String other) {
        language = other;
    }

    HttpResponse<String> opens(ConfigurableApplicationContext gateway, String address) {
        return send(page(gateway, address));
    }

    HttpRequest.Builder page(ConfigurableApplicationContext gateway, String address) {
        return Visitor.request(gateway, address)
                .header("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
                .header("Accept-Language", language);
    }

    /** Presses one of the page's buttons: {@code join} or {@code leave}. */
    HttpResponse<String> submits(
            ConfigurableApplicationContext gateway, String button, String back) {
        String form = "room=" + room + "&back=" + URLEncoder.encode(back, StandardCharsets.UTF_8);
        return send(
                Visitor.request(gateway, "/api/v1/queue/page/" + button)
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(BodyPublishers.ofString(form)));
    }

    HttpResponse<String> polls(ConfigurableApplicationContext gateway) {
        return send(Visitor.request(gateway, "/api/v1/queue/tokens/current?room=" + room));
    }

    public HttpResponse<String> send(HttpRequest.Builder request) {
        if (!cookies.isEmpty()) {
            request.header(
                    "Cookie",
                    cookies.entrySet().stream()
                            .map(cookie -> cookie.getKey() + "=" + cookie.getValue())
                            .collect(Collectors.joining("; ")));
        }
        HttpResponse<String> answer = Visitor.send(request);
        for (String header : answer.headers().allValues("Set-Cookie")) {
            HttpCookie cookie = HttpCookie.parse(header).getFirst();
            if (cookie.getMaxAge() == 0) {
                cookies.remove(cookie.getName());
            } else {
                cookies.put(cookie.getName(), cookie.getValue());
            }
        }
        return answer;
    }
}
