/**
 * What both services do alike to be seen in one trace: they go on with the {@code traceparent} they
 * are given, and send spans by OTLP if they are told to.
 */
@NullMarked
package dev.stagedoor.common.tracing;

import org.jspecify.annotations.NullMarked;
