package dev.stagedoor.quickstart.stage;

import dev.stagedoor.devservices.FreePort;
import dev.stagedoor.gateway.GatewayApplication;

import org.springframework.context.ConfigurableApplicationContext;

import java.util.ArrayList;
import java.util.List;

/** A gateway that can be closed and opened again at the same address. */
public final class SideEntrance implements AutoCloseable {

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

    public String url() {
        return "http://localhost:" + port;
    }

    public void shut() {
        gateway.close();
    }

    public void openAgain() {
        gateway = GatewayApplication.builder().run(settings);
    }

    @Override
    public void close() {
        gateway.close();
    }
}
