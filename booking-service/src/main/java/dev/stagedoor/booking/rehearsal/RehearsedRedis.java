package dev.stagedoor.booking.rehearsal;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/**
 * One connection to a Redis that is not there, in front of which every lock is free. It hears
 * commands as {@code *2 $4 ECHO $2 hi}, each part on a line of its own.
 */
final class RehearsedRedis extends ByteToMessageDecoder {

    private static final String DONE = "+OK\r\n";
    private static final String ONE = ":1\r\n";
    private static final String NOTHING = "$-1\r\n";

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
        int begin = in.readerIndex();
        List<String> words = new ArrayList<>();
        @Nullable String parts = line(in);
        while (parts != null && words.size() < Integer.parseInt(parts.substring(1))) {
            @Nullable String word = line(in) == null ? null : line(in);
            if (word == null) {
                parts = null;
            } else {
                words.add(word);
            }
        }
        if (parts == null) {
            in.readerIndex(begin);
        } else {
            context.write(context.alloc().buffer().writeBytes(answer(words).getBytes(US_ASCII)));
        }
    }

    private static @Nullable String line(ByteBuf in) {
        int length = in.bytesBefore((byte) '\n');
        return length < 0 ? null : in.readString(length + 1, US_ASCII).strip();
    }

    /**
     * A script with one key takes a lock, and says nothing if it has; one with more gives it back.
     */
    private static String answer(List<String> words) {
        return switch (words.getFirst()) {
            case "PING" -> "+PONG\r\n";
            case "EVALSHA", "EVAL" -> words.get(2).equals("1") ? NOTHING : ONE;
            case "DEL" -> ONE;
            default -> DONE;
        };
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) throws Exception {
        super.channelReadComplete(context);
        context.flush();
    }
}
