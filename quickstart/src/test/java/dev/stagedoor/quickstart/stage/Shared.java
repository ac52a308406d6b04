package dev.stagedoor.quickstart.stage;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.parallel.ResourceLock;

import java.util.Map;
import java.util.function.Function;

/**
 * What takes seconds to start and can be used by one story after the other: started when the first
 * of them asks for it, ended after the last test. Those share one who take turns at it.
 */
public final class Shared implements ParameterResolver {

    private static final Map<Class<?>, Function<String, AutoCloseable>> THINGS =
            Map.of(
                    Chromium.class, _ -> Chromium.launch(),
                    Stage.class, _ -> Stage.open(),
                    Theatre.class, Theatre::open);

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext test) {
        return THINGS.containsKey(parameter.getParameter().getType());
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext test) {
        Class<?> type = parameter.getParameter().getType();
        String turns = test.getRequiredTestClass().getAnnotation(ResourceLock.class).value();
        Store ofTheWholeRun = test.getRoot().getStore(Namespace.create(Shared.class, turns));
        return ofTheWholeRun.computeIfAbsent(type, _ -> THINGS.get(type).apply(turns));
    }
}
