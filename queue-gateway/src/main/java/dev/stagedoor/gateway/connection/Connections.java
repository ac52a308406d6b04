package dev.stagedoor.gateway.connection;

import static reactor.netty.NettyPipeline.HttpCodec;
import static reactor.netty.NettyPipeline.HttpTrafficHandler;

import dev.stagedoor.common.connection.IdleConnections;
import dev.stagedoor.gateway.GatewayProperties;
import dev.stagedoor.gateway.answer.Answers;
import dev.stagedoor.gateway.share.Shares;

import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;

import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import org.springframework.boot.web.server.autoconfigure.ServerProperties;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;

import reactor.netty.http.server.HttpServer;

import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What stands on every connection of the public, in the order in which bytes come by:
 *
 * <ol>
 *   <li>{@link SlowReaders}, {@link SlowRequests} and {@link IdleConnections} before the decoder:
 *       they time and count bytes, also those of which no request ever comes; and {@link
 *       FoldedFields}, for heads that would keep it busy;
 *   <li>behind it {@link ReadingAhead}, which counts whole requests and answers, even those that
 *       the next one refuses, and stops the reading;
 *   <li>then {@link TooManyConnections}, which is gone from those that are not too many;
 *   <li>then the second half of {@link SlowRequests}, which learns what the bytes have become;
 *   <li>{@link Crumbs}, before anybody who keeps a part of a body;
 *   <li>last {@link FaultyRequests}: it lets nothing through to the server that can be read in two
 *       ways. All who come before must not rely on what they see; all who come after may.
 * </ol>
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE)
record Connections(
        GatewayProperties properties, ServerProperties http, Shares shares, Answers answers)
        implements NettyServerCustomizer {

    /** At most one buffer is filled before {@link ReadingAhead} can say that it is enough. */
    @Override
    public HttpServer apply(HttpServer server) {
        IdleConnections.requireHttp1(server);
        TooManyConnections counting =
                new TooManyConnections(properties.mostConnections(), shares, answers);
        Set<String> hosts = hosts();
        HttpDecoderConfig heads = heads();
        return server.childOption(
                        ChannelOption.RECVBUF_ALLOCATOR,
                        new AdaptiveRecvByteBufAllocator().maxMessagesPerRead(1))
                .doOnChannelInit(
                        (_, channel, _) -> {
                            channel.pipeline()
                                    .replace(HttpCodec, HttpCodec, new HttpServerCodec(heads));
                            guard(channel, counting, hosts, heads);
                        });
    }

    /** As the server reads them, which has no say in how many fields there may be. */
    private HttpDecoderConfig heads() {
        return new HttpDecoderConfig()
                .setMaxHeaderSize(Math.toIntExact(http.getMaxHttpRequestHeaderSize().toBytes()))
                .setHeadersFactory(new FewFields(DefaultHttpHeadersFactory.headersFactory()))
                .setTrailersFactory(new FewFields(DefaultHttpHeadersFactory.trailersFactory()));
    }

    /** Each goes next to the codec, or to the server behind it: the last one comes closest. */
    private void guard(
            Channel channel,
            TooManyConnections counting,
            Set<String> hosts,
            HttpDecoderConfig heads) {
        SlowRequests arriving =
                new SlowRequests(
                        properties.readTimeout(),
                        properties.requestTimeout(),
                        properties.minBodyRate(),
                        new HeadMemory(shares, channel),
                        answers);
        channel.pipeline()
                .addBefore(
                        HttpCodec,
                        "slow-readers",
                        new SlowReaders(properties.writeTimeout(), channel))
                .addBefore(
                        HttpCodec,
                        "folded-fields",
                        new FoldedFields(arriving, heads.getMaxHeaderSize()))
                .addBefore(HttpCodec, "slow-requests", arriving)
                .addBefore(
                        HttpCodec,
                        "idle-connections",
                        new IdleConnections(properties.idleTimeout()))
                .addAfter(HttpCodec, SlowRequests.MESSAGES, arriving.messages())
                .addAfter(HttpCodec, TooManyConnections.NAME, counting)
                .addAfter(HttpCodec, "reading-ahead", new ReadingAhead())
                .addBefore(HttpTrafficHandler, "crumbs", new Crumbs())
                .addBefore(
                        HttpTrafficHandler, "faulty-requests", new FaultyRequests(answers, hosts));
    }

    private Set<String> hosts() {
        return properties.allowedHosts().stream()
                .map(host -> host.toLowerCase(Locale.ROOT))
                .collect(Collectors.toUnmodifiableSet());
    }
}
