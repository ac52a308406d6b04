package dev.stagedoor.gateway.visitor;

import dev.stagedoor.gateway.request.Caller;
import dev.stagedoor.gateway.request.TrustedProxies;
import dev.stagedoor.gateway.waitingroom.Network;

import org.springframework.stereotype.Component;

import java.net.InetSocketAddress;
import java.util.Optional;

/** From where somebody comes, as far as the peer or a proxy of ours tells. */
@Component
public final class Clients {

    private final TrustedProxies proxies;

    Clients(TrustedProxies proxies) {
        this.proxies = proxies;
    }

    public Optional<Network> network(Caller caller) {
        InetSocketAddress peer = caller.peer();
        if (peer == null || peer.isUnresolved()) {
            return Optional.empty();
        }
        return Optional.of(
                Network.of(
                        proxies.includes(peer)
                                ? proxies.client(peer.getAddress(), caller.forwardedFor())
                                : peer.getAddress()));
    }
}
