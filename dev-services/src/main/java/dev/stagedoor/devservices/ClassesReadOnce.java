package dev.stagedoor.devservices;

import org.springframework.beans.factory.support.BeanDefinitionBuilder;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.io.Resource;
import org.springframework.core.type.classreading.CachingMetadataReaderFactory;
import org.springframework.core.type.classreading.MetadataReader;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What a service of a test reads of classes as it starts, the next one of this JVM knows: there are
 * more than two hundred, and reading took them a third of their time.
 */
public final class ClassesReadOnce
        implements ApplicationContextInitializer<GenericApplicationContext> {

    /** The framework's name for what reads them, which makes its own where there is none. */
    private static final String READER =
            "org.springframework.boot.autoconfigure.internalCachingMetadataReaderFactory";

    private static final Map<Resource, MetadataReader> READ = new ConcurrentHashMap<>();

    @Override
    public void initialize(GenericApplicationContext context) {
        Map<Resource, MetadataReader> own = context.getResourceCache(MetadataReader.class);
        own.putAll(READ);
        context.registerBeanDefinition(
                READER,
                BeanDefinitionBuilder.rootBeanDefinition(
                                CachingMetadataReaderFactory.class,
                                () -> new CachingMetadataReaderFactory(context))
                        .getBeanDefinition());
        context.addBeanFactoryPostProcessor(_ -> READ.putAll(own));
    }
}
