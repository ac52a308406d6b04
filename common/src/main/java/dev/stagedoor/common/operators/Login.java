package dev.stagedoor.common.operators;

import dev.stagedoor.common.Problem;

/** Whether somebody may come in. */
public sealed interface Login {

    record Granted(String name, Role role) implements Login {}

    record Refused(Problem problem) implements Login {}
}
