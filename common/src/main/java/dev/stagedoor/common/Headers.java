package dev.stagedoor.common;

/** Header names that are ours. */
public final class Headers {

    /** Client to gateway: the queue token. */
    public static final String QUEUE_TOKEN = "Queue-Token";

    /** Every header that begins so is the gateway's to set; a client's copy never gets through. */
    public static final String INTERNAL_PREFIX = "Stagedoor-";

    /** Gateway to upstream: the signed {@link Pass}. */
    public static final String PASS = "Stagedoor-Pass";

    /** Gateway to upstream: the address that the request is believed to come from. */
    public static final String CLIENT = "Stagedoor-Client";

    /** Gateway to upstream: how many gateways the request has come through. */
    public static final String HOPS = "Stagedoor-Hops";

    /** Upstream to gateway: what shall become of the session, see {@link SessionCommand}. */
    public static final String SESSION = "Stagedoor-Session";

    private Headers() {}
}
