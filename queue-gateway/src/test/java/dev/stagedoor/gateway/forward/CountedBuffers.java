package dev.stagedoor.gateway.forward;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelOption;

import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;

import reactor.netty.http.server.HttpServer;

/** Counts, to the byte, what is kept of all that comes to one gateway, from either side. */
final class CountedBuffers implements NettyServerCustomizer {

    /** For a gateway that is to be looked at. */
    static final String SETTING = "spring.main.sources=" + CountedBuffers.class.getName();

    private final UnpooledByteBufAllocator buffers = new UnpooledByteBufAllocator(true);

    /** For what comes from the upstream. */
    @Bean
    ByteBufAllocator buffers() {
        return buffers;
    }

    @Override
    public HttpServer apply(HttpServer server) {
        return server.childOption(ChannelOption.ALLOCATOR, buffers);
    }

    static long keptBy(ConfigurableApplicationContext gateway) {
        UnpooledByteBufAllocator buffers = gateway.getBean(CountedBuffers.class).buffers;
        return buffers.metric().usedDirectMemory() + buffers.metric().usedHeapMemory();
    }
}
