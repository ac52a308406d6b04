package dev.stagedoor.common.rehearsal;

import dev.stagedoor.common.rehearsal.Rehearsal.Played;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.convert.ApplicationConversionService;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.core.env.StandardEnvironment;

import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.LoopResources;
import reactor.util.Logger;
import reactor.util.Loggers;

import java.util.Map;
import java.util.function.Function;

/**
 * A service plays its own traffic to itself between the opening of its ports and the word that it
 * is ready; by {@code stagedoor.rehearsal.only=true} it ends then.
 */
public abstract class BeforeReady implements ApplicationRunner {

    private static final Logger LOG = Loggers.getLogger(BeforeReady.class);

    private final ConfigurableApplicationContext service;
    private final boolean isAll;

    protected BeforeReady(ConfigurableApplicationContext service) {
        this.service = service;
        this.isAll =
                service.getEnvironment()
                        .getProperty("stagedoor.rehearsal.only", Boolean.class, false);
    }

    @Override
    public final void run(ApplicationArguments arguments) {
        try {
            Played played = rehearse();
            LOG.info(
                    "Rehearsed {} requests in {} ms, {} of them not answered as they should be",
                    played.acts(),
                    played.took().toMillis(),
                    played.unlike());
        } catch (RuntimeException e) {
            LOG.warn("Not rehearsed: who comes first is answered more slowly", e);
        }
        if (isAll) {
            service.close();
        }
    }

    /** To be had once: it costs seconds, and the threads of the service. */
    protected abstract Played rehearse();

    /** Those parts below the service; the settings come before its own. */
    protected final AnnotationConfigApplicationContext below(
            Class<?> parts, Map<String, Object> settings) {
        var rehearsed = new AnnotationConfigApplicationContext();
        rehearsed.setEnvironment(
                new StandardEnvironment() {
                    @Override
                    protected void customizePropertySources(MutablePropertySources sources) {
                        sources.addFirst(new MapPropertySource("rehearsal", settings));
                    }
                });
        rehearsed
                .getBeanFactory()
                .setConversionService(ApplicationConversionService.getSharedInstance());
        rehearsed.setParent(service);
        rehearsed.register(parts);
        rehearsed.refresh();
        return rehearsed;
    }

    protected static HttpServer guarded(
            ObjectProvider<? extends Function<HttpServer, HttpServer>> guards,
            LoopResources threads) {
        HttpServer server = HttpServer.create().host("127.0.0.1").port(0).runOn(threads);
        for (var guard : guards.orderedStream().toList()) {
            server = guard.apply(server);
        }
        return server;
    }
}
