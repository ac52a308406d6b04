package dev.stagedoor.booking.rehearsal;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * One connection to a PostgreSQL that is not there. It speaks as much of the protocol (version 3)
 * as the driver needs to believe it, so that the driver is the real one, and has one answer to each
 * statement.
 */
final class RehearsedPostgres extends ByteToMessageDecoder {

    private static final char GREETING = 0;
    private static final int ANY_LENGTH = -1;
    private static final int NONE = -1;

    /** As the driver asks for them, whatever the statement. */
    private static final int AS_TEXT = 0;

    private final RehearsedSale sale;
    private final Map<String, List<Row>> prepared = new HashMap<>();
    private List<Row> bound = List.of();
    private boolean greeted;

    RehearsedPostgres(RehearsedSale sale) {
        this.sale = sale;
    }

    /**
     * @param names with spaces between them
     * @param values of the types that the sale has
     */
    record Row(String names, @Nullable Object... values) {}

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
        int head = greeted ? 1 : 0;
        if (in.readableBytes() < head + Integer.BYTES
                || in.readableBytes() < head + in.getInt(in.readerIndex() + head)) {
            return;
        }
        char type = greeted ? (char) in.readByte() : GREETING;
        greeted = true;
        ByteBuf reply = context.alloc().buffer();
        hear(type, in.readSlice(in.readInt() - Integer.BYTES), reply);
        context.write(reply);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) throws Exception {
        super.channelReadComplete(context);
        context.flush();
    }

    private void hear(char type, ByteBuf message, ByteBuf reply) {
        switch (type) {
            case GREETING -> greet(reply);
            case 'P' -> parse(message, reply);
            case 'B' -> bind(message, reply);
            case 'D' -> describe(bound, reply);
            case 'E' -> execute(bound, reply);
            case 'C' -> empty('3', reply);
            case 'S' -> ready(reply);
            case 'Q' -> query(sale.rows(text(message)), reply);
            default -> {} // a flush, a farewell
        }
    }

    private static void greet(ByteBuf reply) {
        message('R', reply, it -> it.writeInt(0));
        message(
                'S',
                reply,
                it -> {
                    text("server_version", it);
                    text("16.0", it);
                });
        message('K', reply, it -> it.writeLong(0));
        ready(reply);
    }

    private void parse(ByteBuf message, ByteBuf reply) {
        prepared.put(text(message), sale.rows(text(message)));
        empty('1', reply);
    }

    private void bind(ByteBuf message, ByteBuf reply) {
        text(message);
        bound = prepared.getOrDefault(text(message), List.of());
        empty('2', reply);
    }

    private static void query(List<Row> rows, ByteBuf reply) {
        describe(rows, reply);
        execute(rows, reply);
        ready(reply);
    }

    private static void describe(List<Row> rows, ByteBuf reply) {
        if (rows.isEmpty()) {
            empty('n', reply);
            return;
        }
        String[] names = rows.getFirst().names().split(" ");
        @Nullable Object[] values = rows.getFirst().values();
        message(
                'T',
                reply,
                it -> {
                    it.writeShort(names.length);
                    for (int i = 0; i < names.length; i++) {
                        text(names[i], it);
                        it.writeInt(0).writeShort(0);
                        it.writeInt(type(values[i])).writeShort(ANY_LENGTH);
                        it.writeInt(ANY_LENGTH).writeShort(AS_TEXT);
                    }
                });
    }

    private static void execute(List<Row> rows, ByteBuf reply) {
        for (Row row : rows) {
            message(
                    'D',
                    reply,
                    it -> {
                        it.writeShort(row.values().length);
                        for (Object value : row.values()) {
                            value(value, it);
                        }
                    });
        }
        message('C', reply, it -> text("SELECT " + rows.size(), it));
    }

    private static void ready(ByteBuf reply) {
        message('Z', reply, it -> it.writeByte('I'));
    }

    private static void empty(char type, ByteBuf reply) {
        message(type, reply, _ -> {});
    }

    private static void message(char type, ByteBuf reply, Consumer<ByteBuf> content) {
        reply.writeByte(type);
        int at = reply.writerIndex();
        reply.writeInt(0);
        content.accept(reply);
        reply.setInt(at, reply.writerIndex() - at);
    }

    /** By its number in {@code pg_type}. */
    private static int type(@Nullable Object value) {
        return switch (value) {
            case Boolean _ -> 16;
            case Long _ -> 20;
            case Integer _ -> 23;
            case LocalDate _ -> 1082;
            case Instant _ -> 1184;
            case null, default -> 25;
        };
    }

    private static void value(@Nullable Object value, ByteBuf to) {
        if (value == null) {
            to.writeInt(NONE);
        } else {
            byte[] text = written(value).getBytes(UTF_8);
            to.writeInt(text.length).writeBytes(text);
        }
    }

    private static String written(Object value) {
        return switch (value) {
            case Boolean it -> it ? "t" : "f";
            case Instant it -> it.toString().replace('T', ' ').replace("Z", "+00");
            default -> value.toString();
        };
    }

    private static String text(ByteBuf from) {
        String text = from.readString(from.bytesBefore((byte) 0), UTF_8);
        from.skipBytes(1);
        return text;
    }

    private static void text(String text, ByteBuf to) {
        to.writeCharSequence(text, UTF_8);
        to.writeByte(0);
    }
}
