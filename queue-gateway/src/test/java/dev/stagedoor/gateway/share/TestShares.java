package dev.stagedoor.gateway.share;

import dev.stagedoor.gateway.GatewayProperties;
import dev.stagedoor.gateway.meters.GatewayMeters;
import dev.stagedoor.gateway.request.TrustedProxies;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;

/** Shares as a gateway with such settings has them. */
public final class TestShares {

    private TestShares() {}

    /**
     * @param settings {@code name=value} below {@code stagedoor.gateway}
     */
    public static Shares with(String... settings) {
        Map<String, String> values = new HashMap<>();
        for (String setting : settings) {
            String[] parts = setting.split("=", 2);
            values.put("stagedoor.gateway." + parts[0], parts[1]);
        }
        Binder binder = new Binder(new MapConfigurationPropertySource(values));
        GatewayProperties properties =
                binder.bindOrCreate("stagedoor.gateway", GatewayProperties.class);
        return new Shares(
                binder.bindOrCreate("stagedoor.gateway.limits", Limits.class),
                properties,
                new TrustedProxies(properties.trustedProxies()),
                new GatewayMeters(new SimpleMeterRegistry()));
    }

    public static Shares.Share of(String address, String... settings) {
        return with(settings).of(InetAddress.ofLiteral(address));
    }
}
