package dev.stagedoor.gateway.verdict;

import java.io.IOException;

class CaddyTests extends BesideAProxy {

    @Override
    Proxy start(Proxy.Behind behind) throws IOException {
        return Proxy.caddy(behind);
    }

    /** Any 2xx would be a pass. */
    @Override
    int statusOfAPage() {
        return 429;
    }

    @Override
    int statusOfNobody() {
        return 502;
    }

    @Override
    int statusOfSilence() {
        return 504;
    }
}
