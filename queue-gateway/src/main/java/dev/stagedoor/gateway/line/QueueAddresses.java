package dev.stagedoor.gateway.line;

import dev.stagedoor.gateway.GatewayProperties;
import dev.stagedoor.gateway.request.Caller;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;

/**
 * The addresses of the queue's own: all stand below one prefix, which no site behind may need.
 *
 * @param prefix before all of them
 * @param assets before what the pages are made of, which has stood by itself ever since
 */
@Component
public record QueueAddresses(
        String prefix, String assets, String tokens, String current, String events) {

    private static final String USUAL = "/api/v1/queue/";
    private static final String USUAL_ASSETS = "/queue-assets/";

    @Autowired
    public QueueAddresses(GatewayProperties properties) {
        this(properties.prefix() + "/");
    }

    private QueueAddresses(String prefix) {
        this(
                prefix,
                prefix.equals(USUAL) ? USUAL_ASSETS : prefix + "assets/",
                prefix + "tokens",
                prefix + "tokens/current",
                prefix + "events");
    }

    String room() {
        return prefix + "rooms/{room}";
    }

    String health() {
        return prefix + "health";
    }

    String description() {
        return prefix + "openapi.json";
    }

    /** What speaks of the usual addresses, of these. */
    String moved(String text) {
        return text.replace(USUAL, prefix).replace(USUAL_ASSETS, assets);
    }

    public boolean isOwn(Caller caller) {
        return isOwn(caller.path());
    }

    public boolean isOwn(String path) {
        return path.startsWith(prefix) || path.startsWith(assets);
    }
}
