package dev.stagedoor.booking.web;

import dev.stagedoor.booking.people.Passwords;

import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcProperties;
import org.springframework.stereotype.Component;

import java.time.Duration;
import java.util.Set;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/**
 * Whether more come than can be served. Whoever would wait for a connection of the database in vain
 * may as well be told so before anything is done for them, which is cheaper by far, and leaves what
 * there is to those who come further. How long one more would wait is told by how many requests are
 * under way, and how many have been answered since they were a crowd (Little's law).
 *
 * <p>Who only looks is refused at half of that wait, so that there is room for those who have
 * looked and want seats; and who has seats, pays or gives back is never refused here. Who signs in
 * waits for {@link Passwords}, and is refused when as many do as may.
 */
@Component
final class Rush {

    /** Fewer are no crowd, however slow they are: what they wait for is not each other. */
    private static final int REQUESTS_PER_CONNECTION = 4;

    private static final String API = "/api/v1/";
    private static final String HOLDS = API + "reservations";
    private static final String SIGN_INS = API + "sign-ins";
    private static final Set<String> ENTRANCES = Set.of(API + "users", SIGN_INS);

    private final int crowd;
    private final long longestWait;
    private final IntSupplier elsewhere;
    private final LongSupplier nanoTime;

    private int underWay;
    private boolean isCrowded;
    private long since;
    private long answered;

    @Autowired
    Rush(R2dbcProperties database, Passwords passwords) {
        this(
                database.getPool().getMaxSize(),
                database.getPool().getMaxAcquireTime(),
                passwords::taken,
                System::nanoTime);
    }

    /**
     * @param elsewhere how many of those under way wait for a password to be hashed instead
     */
    Rush(int connections, Duration longestWait, IntSupplier elsewhere, LongSupplier nanoTime) {
        this.crowd = REQUESTS_PER_CONNECTION * connections;
        this.longestWait = longestWait.isNegative() ? Long.MAX_VALUE : longestWait.toNanos();
        this.elsewhere = elsewhere;
        this.nanoTime = nanoTime;
    }

    /** Once all of it is there: who is slow to say what they want keeps nobody waiting. */
    synchronized void begin() {
        underWay++;
        if (!isCrowded && waiting() >= crowd) {
            isCrowded = true;
            since = nanoTime.getAsLong();
            answered = 0;
        }
    }

    /** With the head of the answer: a stream may last. */
    synchronized void end() {
        answered++;
        leave();
    }

    /** Whoever hangs up has not been served. */
    synchronized void leave() {
        underWay--;
        isCrowded &= waiting() >= crowd / 2;
    }

    private int waiting() {
        return underWay - elsewhere.getAsInt();
    }

    boolean isTooMuchFor(HttpRequest request) {
        String uri = request.uri();
        if (request.method().equals(HttpMethod.GET)) {
            return uri.startsWith(API) && isTooMuch(2);
        }
        return request.method().equals(HttpMethod.POST)
                && (uri.equals(HOLDS) && isTooMuch(1)
                        || uri.equals(SIGN_INS) && elsewhere.getAsInt() >= Passwords.MOST
                        || ENTRANCES.contains(uri) && isTooMuch(2));
    }

    /**
     * @param share of the longest wait that is too long, as 1 in so many
     */
    synchronized boolean isTooMuch(int share) {
        if (!isCrowded || waiting() < crowd) {
            return false;
        }
        long lasts = nanoTime.getAsLong() - since;
        if (lasts < longestWait / 2) {
            return false; // who comes at once may be served at once
        }
        if (lasts > 2 * longestWait) { // what was so long ago says little of now
            lasts /= 2;
            since += lasts;
            answered /= 2;
        }
        return waiting() * lasts / (answered + crowd) > longestWait / share;
    }
}
