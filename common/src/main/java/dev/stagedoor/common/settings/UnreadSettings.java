package dev.stagedoor.common.settings;

import org.springframework.boot.context.event.ApplicationStartedEvent;
import org.springframework.boot.context.properties.ConfigurationPropertiesBindHandlerAdvisor;
import org.springframework.boot.context.properties.bind.AbstractBindHandler;
import org.springframework.boot.context.properties.bind.BindContext;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName.Form;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.context.ApplicationListener;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.PropertySource;

import reactor.util.Logger;
import reactor.util.Loggers;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * Says at the start which of our settings nobody has read: one that is misspelt is none, and would
 * otherwise be missed when it is needed. It does not stop the start: Kubernetes, too, makes
 * environment variables of names of services.
 */
public final class UnreadSettings
        implements ConfigurationPropertiesBindHandlerAdvisor,
                ApplicationListener<ApplicationStartedEvent> {

    private static final Logger LOG = Loggers.getLogger(UnreadSettings.class);
    private static final ConfigurationPropertyName OURS = ConfigurationPropertyName.of("stagedoor");

    private final Set<String> read = ConcurrentHashMap.newKeySet();

    /**
     * @param conditions what is looked at by name, and bound to nothing
     */
    public UnreadSettings(String... conditions) {
        for (String name : conditions) {
            read.add(spelledAlike(ConfigurationPropertyName.of(name)));
        }
    }

    @Override
    public BindHandler apply(BindHandler handler) {
        return new AbstractBindHandler(handler) {
            @Override
            public <T> Bindable<T> onStart(
                    ConfigurationPropertyName name, Bindable<T> target, BindContext context) {
                read.add(spelledAlike(name));
                return super.onStart(name, target, context);
            }
        };
    }

    @Override
    public void onApplicationEvent(ApplicationStartedEvent event) {
        List<String> unread = unread(event.getApplicationContext().getEnvironment());
        if (!unread.isEmpty()) {
            LOG.warn("set, but no setting of this service: {}", String.join(", ", unread));
        }
    }

    private List<String> unread(ConfigurableEnvironment environment) {
        List<ConfigurationPropertySource> sources =
                StreamSupport.stream(
                                ConfigurationPropertySources.get(environment).spliterator(), false)
                        .toList();
        sources.stream()
                .filter(UnreadSettings::isPackaged)
                .flatMap(UnreadSettings::ours)
                .forEach(name -> read.add(spelledAlike(name)));
        return sources.stream()
                .flatMap(UnreadSettings::ours)
                .filter(name -> !read.contains(spelledAlike(name)))
                .map(ConfigurationPropertyName::toString)
                .distinct()
                .sorted()
                .toList();
    }

    private static Stream<ConfigurationPropertyName> ours(ConfigurationPropertySource source) {
        return source instanceof IterableConfigurationPropertySource all
                ? all.stream().filter(OURS::isAncestorOf)
                : Stream.empty();
    }

    /** Defaults, of which some are only referred to. */
    private static boolean isPackaged(ConfigurationPropertySource source) {
        return source.getUnderlyingSource() instanceof PropertySource<?> packaged
                && packaged.getName().contains("class path resource");
    }

    /** Boot reads {@code A_B_CD} as {@code a.b.c-d}. */
    private static String spelledAlike(ConfigurationPropertyName name) {
        return IntStream.range(0, name.getNumberOfElements())
                .mapToObj(i -> name.getElement(i, Form.UNIFORM))
                .collect(Collectors.joining("."));
    }
}
