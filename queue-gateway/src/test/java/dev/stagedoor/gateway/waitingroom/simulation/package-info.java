/**
 * A line of millions, without a server and without a clock: people, gateways and shards of a
 * cluster by one discrete-event simulation. Gateways decide by the classes that they really have
 * ({@code Knowledge}, {@code RoomView}, {@code Ladder}, {@code PollInterval}); what scripts do to a
 * room is done by {@link dev.stagedoor.gateway.waitingroom.simulation.SimulatedLine}, which a test
 * holds against the scripts.
 */
@NullMarked
package dev.stagedoor.gateway.waitingroom.simulation;

import org.jspecify.annotations.NullMarked;
