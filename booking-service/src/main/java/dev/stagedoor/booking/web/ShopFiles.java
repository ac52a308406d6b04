package dev.stagedoor.booking.web;

import dev.stagedoor.booking.catalogue.CatalogueSettings;

import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;
import org.springframework.stereotype.Component;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;

/** The files of the shop, read once: there are few, and all are small. */
@Component
final class ShopFiles {

    private static final Map<String, String> TYPES =
            Map.of(
                    "html", "text/html;charset=UTF-8",
                    "js", "text/javascript;charset=UTF-8",
                    "css", "text/css;charset=UTF-8",
                    "svg", "image/svg+xml;charset=UTF-8");

    /** As the pages say it where nobody says otherwise. */
    private static final String CURRENCY = "data-currency=\"%s\"";

    private static final String QUEUE = "data-queue=\"%s\"";

    private final Map<String, File> files = new HashMap<>();
    private final CatalogueSettings settings;

    /**
     * @param checksum of the content: as long as it is the same, nothing needs to be sent again
     */
    record File(String type, String checksum, byte[] content) {}

    ShopFiles(CatalogueSettings settings) {
        this.settings = settings;
        load("", "classpath:/shop/*.html");
        load("assets/", "classpath:/shop/assets/*");
    }

    Optional<File> find(String name) {
        return Optional.ofNullable(files.get(name));
    }

    private void load(String folder, String pattern) {
        try {
            for (Resource file : new PathMatchingResourcePatternResolver().getResources(pattern)) {
                String name = file.getFilename();
                String type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
                byte[] content = ofThisHouse(file.getContentAsByteArray());
                files.put(folder + name, new File(type, checksum(content), content));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private byte[] ofThisHouse(byte[] content) {
        return new String(content, StandardCharsets.UTF_8)
                .replace(
                        CURRENCY.formatted("KRW"),
                        CURRENCY.formatted(settings.currency().getCurrencyCode()))
                .replace(QUEUE.formatted("/api/v1/queue"), QUEUE.formatted(settings.queuePrefix()))
                .getBytes(StandardCharsets.UTF_8);
    }

    private static String checksum(byte[] content) {
        try {
            byte[] sum = MessageDigest.getInstance("SHA-256").digest(content);
            return HexFormat.of().formatHex(sum, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
