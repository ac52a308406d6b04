package dev.stagedoor.quickstart;

import dev.stagedoor.devservices.FreePort;
import dev.stagedoor.gateway.GatewayApplication;

import org.springframework.context.ConfigurableApplicationContext;

import java.util.ArrayList;
import java.util.List;

/** A gateway that can be closed and opened again at the same address. */
final class SideEntrance implements AutoCloseable {

    private final int port = FreePort.find();
    private final String[] settings;
    private ConfigurableApplicationContext gateway;

    SideEntrance(List<String> common) {
        List<String> all = new ArrayList<>(common);
        all.add("--stagedoor.gateway.port=" + port);
        all.add("--stagedoor.gateway.management-port=" + FreePort.find());
        this.settings = all.toArray(String[]::new);
        this.gateway = GatewayApplication.builder().run(settings);
    }

    String url() {
        return "http://localhost:" + port;
    }

    void shut() {
        gateway.close();
    }

    void openAgain() {
        gateway = GatewayApplication.builder().run(settings);
    }

    @Override
    public void close() {
        gateway.close();
    }
}
