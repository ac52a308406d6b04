/**
 * The line, and all that is known of it in Redis.
 *
 * <h2>Storage</h2>
 *
 * Every key of a room shares one hash tag, so that a room lives in one slot of a cluster:
 *
 * <pre>
 * wr:{main}:waiting    ZSET  user → sequence                    the line
 * wr:{main}:active     ZSET  user → session end, epoch ms       those inside
 * wr:{main}:passes     HASH  user → sequence                    which ticket the active user came in on
 * wr:{main}:unclaimed  SET   user                               those inside who have not used their turn
 * wr:{main}:seen:&lt;seq div 100&gt;  HASH  seq mod 100 → last sign of life, epoch s, of those who wait
 * wr:{main}:quiet      ZSET  seq div 100 → epoch s, to the ms   since when nobody there can have been silent
 * wr:{main}:marks      ZSET  sequence → epoch ms                when it was given out, one a second
 * wr:{main}:state      HASH  settings asked for and in force, sequence, epoch, term, server, last-tick, counters, cursor
 * wr:{main}:rate       HASH  second → admitted, last 61 s
 * wr:{main}:turns      HASH  user → admitted, last use          of those inside, epoch ms
 * wr:{main}:arrivals   ZSET  sequence → epoch ms                the last 21,600 marks
 * wr:{main}:history    LIST  time, waiting, active, admitted    one every 5 s, 15 min
 * wr:{main}:changes    STREAM who changed what                  the last 1,000
 * wr:{main}:ended:&lt;user&gt;  STRING sequence, reason, since, turn   an hour: how the last ticket ended
 * wr:{main}:former     STRING                                   half an hour: who waited before a loss
 * wr:{main}:former:heard:*  STRING                              likewise: who waited far behind
 * wr:{main}:bans       HASH  user or network → until, by, why     who may not join
 * wr:{main}:events     channel                                  tick, ended
 * wr:rooms             SET   room ids
 * </pre>
 *
 * <p>A user leaves {@code waiting} and the block of {@code seen} together, and {@code active},
 * {@code passes}, {@code unclaimed}, {@code turns} together: by being admitted, by an end, or by a
 * tick or the patrol. Everything that changes more than one key is one script in {@code
 * /waitingroom}, with a contract on top.
 *
 * <p>The order is that of the sequences, which one counter gives out; no clock has a say in it. A
 * room that is made begins its sequences at the time in microseconds, so that after a loss of Redis
 * all new numbers are larger than all old ones, and a ticket of before can be restored where it
 * was. When another server takes the room over, perhaps without the newest writes, its sequences
 * jump behind all old ones, and a new term begins in which gateways restore what they know.
 *
 * <p>{@link dev.stagedoor.gateway.waitingroom.room.Room} is the face of all this; it asks Redis
 * only for what only Redis can know. Behind it {@link
 * dev.stagedoor.gateway.waitingroom.known.LatestView} shows the last view, {@link
 * dev.stagedoor.gateway.waitingroom.known.KnownTickets} remembers single tickets, {@link
 * dev.stagedoor.gateway.waitingroom.known.LatestView.Knowledge} is the table of what follows from
 * both, and {@link dev.stagedoor.gateway.waitingroom.room.Upkeep} is what the timer does.
 */
@NullMarked
package dev.stagedoor.gateway.waitingroom;

import org.jspecify.annotations.NullMarked;
