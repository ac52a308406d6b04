package dev.stagedoor.booking.catalogue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.zip.GZIPOutputStream;

/** JSON in the bytes that everybody is sent, and the same compressed. */
public record Document(byte[] plain, byte[] zipped) {

    public byte[] bytes(boolean isZipped) {
        return isZipped ? zipped : plain;
    }

    static Document of(byte[] plain) {
        return new Document(plain, zip(plain));
    }

    static byte[] zip(byte[] plain) {
        var bytes = new ByteArrayOutputStream(plain.length / 8);
        try (var zip = new GZIPOutputStream(bytes)) {
            zip.write(plain);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
