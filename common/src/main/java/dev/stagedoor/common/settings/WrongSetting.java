package dev.stagedoor.common.settings;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * A setting that stops the start is told in one sentence, also where it is not bound to anything:
 * it would stand at the end of a hundred lines of stack trace.
 */
final class WrongSetting extends AbstractFailureAnalyzer<IllegalArgumentException> {

    @Override
    protected @Nullable FailureAnalysis analyze(Throwable failure, IllegalArgumentException cause) {
        String said = String.valueOf(cause.getMessage());
        return said.contains("stagedoor.")
                        || said.startsWith("spring.data.redis.url")
                        || said.startsWith("server.http2")
                ? new FailureAnalysis(said, "Change the setting: docs/settings.md.", failure)
                : null;
    }
}
