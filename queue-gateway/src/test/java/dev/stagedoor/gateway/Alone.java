package dev.stagedoor.gateway;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.parallel.Isolated;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What measures a JVM, or reads what all of it log, has one to itself: these tests run before all
 * others of the module, one after the other in a JVM of their own. The machine they may share.
 */
@Tag("alone")
@Isolated
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface Alone {}
