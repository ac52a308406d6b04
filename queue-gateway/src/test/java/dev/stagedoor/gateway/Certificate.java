package dev.stagedoor.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** A key and its certificate for localhost, vouched for by nobody but their owner. */
public final class Certificate {

    public static final String PASSWORD = "as-good-as-none";

    private static final String MADE =
            "-genkeypair -keyalg EC -alias it -dname CN=localhost -ext SAN=dns:localhost -validity"
                    + " 2 -storetype PKCS12 -storepass %s -keystore %s";

    private final Path file;
    private final KeyStore keys;

    /**
     * @param folder where it may be written
     */
    public Certificate(Path folder) throws Exception {
        this.file = folder.resolve("certificate.p12");
        keytool(MADE.formatted(PASSWORD, file));
        this.keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            keys.load(in, PASSWORD.toCharArray());
        }
    }

    private static void keytool(String arguments) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(("keytool " + arguments).split(" "));
        builder.command()
                .set(0, Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        Process keytool = builder.redirectErrorStream(true).start();
        String said = new String(keytool.getInputStream().readAllBytes());
        assertThat(keytool.waitFor()).as(said).isZero();
    }

    /** Of type PKCS12. */
    public Path file() {
        return file;
    }

    public byte[] key() throws Exception {
        return keys.getKey("it", PASSWORD.toCharArray()).getEncoded();
    }

    public byte[] encoded() throws Exception {
        return keys.getCertificate("it").getEncoded();
    }

    public KeyManagerFactory keyManagers() throws Exception {
        KeyManagerFactory factory =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(keys, PASSWORD.toCharArray());
        return factory;
    }

    /** Of whoever believes it. */
    public SSLContext believed() throws Exception {
        TrustManagerFactory factory =
                TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(keys);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, factory.getTrustManagers(), null);
        return context;
    }
}
