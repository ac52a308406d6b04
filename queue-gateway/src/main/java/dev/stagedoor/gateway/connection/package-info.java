/** What guards a connection byte by byte: request smuggling, slowloris, one request at a time. */
@NullMarked
package dev.stagedoor.gateway.connection;

import org.jspecify.annotations.NullMarked;
