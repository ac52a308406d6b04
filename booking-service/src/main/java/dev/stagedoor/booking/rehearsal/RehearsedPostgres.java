package dev.stagedoor.booking.rehearsal;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;

import org.jspecify.annotations.Nullable;

import reactor.netty.DisposableServer;
import reactor.netty.resources.LoopResources;
import reactor.netty.tcp.TcpServer;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One connection to a PostgreSQL that is not there. It speaks as much of the protocol (version 3)
 * as the driver needs to believe it, so that the driver is the real one, and has one answer to each
 * statement.
 */
final class RehearsedPostgres extends ByteToMessageDecoder {

    private static final char GREETING = 0;
    private static final Instant EPOCH = Instant.parse("2000-01-01T00:00:00Z");
    private static final int ANY_LENGTH = -1;

    private final Answers answers;
    private final Map<String, List<Row>> prepared = new HashMap<>();
    private List<Row> bound = List.of();
    private boolean greeted;

    private RehearsedPostgres(Answers answers) {
        this.answers = answers;
    }

    /** The rows that a statement yields; none for whatever is only to be done. */
    interface Answers {
        List<Row> to(String statement);
    }

    /** Names and values in turn; of values the types that the sale has. */
    record Row(@Nullable Object... columns) {

        Row with(String name, @Nullable Object value) {
            @Nullable Object[] more = Arrays.copyOf(columns, columns.length + 2);
            more[columns.length] = name;
            more[columns.length + 1] = value;
            return new Row(more);
        }
    }

    static DisposableServer listen(LoopResources threads, Answers answers) {
        return TcpServer.create()
                .host("127.0.0.1")
                .port(0)
                .runOn(threads)
                .doOnConnection(made -> made.addHandlerFirst(new RehearsedPostgres(answers)))
                .handle((in, _) -> in.receive().then())
                .bindNow();
    }

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
            case 'D' -> describe(bound, true, reply);
            case 'E' -> execute(bound, true, reply);
            case 'C' -> empty('3', reply);
            case 'S' -> ready(reply);
            case 'Q' -> query(answers.to(text(message)), reply);
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
        prepared.put(text(message), answers.to(text(message)));
        empty('1', reply);
    }

    private void bind(ByteBuf message, ByteBuf reply) {
        text(message);
        bound = prepared.getOrDefault(text(message), List.of());
        empty('2', reply);
    }

    private static void query(List<Row> rows, ByteBuf reply) {
        describe(rows, false, reply);
        execute(rows, false, reply);
        ready(reply);
    }

    private static void describe(List<Row> rows, boolean binary, ByteBuf reply) {
        if (rows.isEmpty()) {
            empty('n', reply);
            return;
        }
        @Nullable Object[] columns = rows.getFirst().columns();
        message(
                'T',
                reply,
                it -> {
                    it.writeShort(columns.length / 2);
                    for (int i = 0; i < columns.length; i += 2) {
                        text(String.valueOf(columns[i]), it);
                        it.writeInt(0).writeShort(0);
                        it.writeInt(type(columns[i + 1])).writeShort(ANY_LENGTH);
                        it.writeInt(ANY_LENGTH).writeShort(binary ? 1 : 0);
                    }
                });
    }

    private static void execute(List<Row> rows, boolean binary, ByteBuf reply) {
        for (Row row : rows) {
            @Nullable Object[] columns = row.columns();
            message(
                    'D',
                    reply,
                    it -> {
                        it.writeShort(columns.length / 2);
                        for (int i = 1; i < columns.length; i += 2) {
                            value(columns[i], binary, it);
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

    private static void message(char type, ByteBuf reply, Content content) {
        reply.writeByte(type);
        int at = reply.writerIndex();
        reply.writeInt(0);
        content.write(reply);
        reply.setInt(at, reply.writerIndex() - at);
    }

    private interface Content {
        void write(ByteBuf to);
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

    private static void value(@Nullable Object value, boolean binary, ByteBuf to) {
        if (value == null) {
            to.writeInt(-1);
            return;
        }
        int at = to.writerIndex();
        to.writeInt(0);
        if (binary) {
            binary(value, to);
        } else {
            to.writeCharSequence(value.equals(true) ? "t" : value.toString(), UTF_8);
        }
        to.setInt(at, to.writerIndex() - at - Integer.BYTES);
    }

    private static void binary(Object value, ByteBuf to) {
        switch (value) {
            case Boolean it -> to.writeBoolean(it);
            case Long it -> to.writeLong(it);
            case Integer it -> to.writeInt(it);
            case LocalDate it ->
                    to.writeInt((int) ChronoUnit.DAYS.between(LocalDate.of(2000, 1, 1), it));
            case Instant it -> to.writeLong(Duration.between(EPOCH, it).toNanos() / 1_000);
            default -> to.writeCharSequence(value.toString(), UTF_8);
        }
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
