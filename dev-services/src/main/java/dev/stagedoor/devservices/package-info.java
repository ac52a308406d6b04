/**
 * A real Redis and a real PostgreSQL for tests and for trying things out: one of each per JVM,
 * started on first use on a free port, gone when the JVM is gone, however it went. Never part of
 * what is deployed.
 */
@NullMarked
package dev.stagedoor.devservices;

import org.jspecify.annotations.NullMarked;
