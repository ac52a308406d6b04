package dev.stagedoor.quickstart.stage;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Skips stories in a browser where there is none, unless {@code -Dbrowser=required}. */
public final class NeedsChromium implements ExecutionCondition {

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext test) {
        if (Chromium.isInstalled()) {
            return ConditionEvaluationResult.enabled("there is a Chromium");
        }
        if ("required".equals(System.getProperty("browser"))) {
            throw new AssertionError("browser=required, but there is no Chromium on the PATH");
        }
        return ConditionEvaluationResult.disabled(
                "no Chromium on the PATH: stories in a browser are skipped");
    }
}
