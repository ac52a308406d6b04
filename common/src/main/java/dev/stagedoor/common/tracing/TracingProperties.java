package dev.stagedoor.common.tracing;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.Assert;

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
        Assert.isTrue(sampling >= 0 && sampling <= 1, "stagedoor.tracing.sampling must be 0 to 1");
        Assert.isTrue(
                endpoint.getHost() != null,
                "stagedoor.tracing.endpoint must be scheme://host:port, but is " + endpoint);
    }
}
