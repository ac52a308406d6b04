package dev.stagedoor.common.tracing;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

import java.net.URI;

/**
 * Whether requests can be followed from service to service.
 *
 * @param enabled off: nothing is recorded, {@code traceparent} is only passed on
 * @param endpoint of a collector that speaks OTLP over HTTP
 * @param sampling share of the traces that are told, 0 to 1: the gateway decides, whatever the flag
 *     of one that came in says; the booking service does as the gateway did
 */
@ConfigurationProperties("stagedoor.tracing")
public record TracingProperties(
        @DefaultValue("false") boolean enabled,
        @DefaultValue("http://127.0.0.1:4318") URI endpoint,
        @DefaultValue("0.1") double sampling) {

    public TracingProperties {
        if (!(sampling >= 0 && sampling <= 1)) {
            throw new IllegalArgumentException("stagedoor.tracing.sampling must be 0 to 1");
        }
        if (endpoint.getHost() == null) {
            throw new IllegalArgumentException(
                    "stagedoor.tracing.endpoint must be scheme://host:port, but is " + endpoint);
        }
    }
}
