package dev.stagedoor.gateway.visitor;

import dev.stagedoor.common.Problem;
import dev.stagedoor.common.UserId;

/** Who comes: somebody known, or anybody. */
public sealed interface Applicant {

    record Known(UserId user) implements Applicant {}

    record Guest() implements Applicant {}

    /** Says who they are, and is not believed. */
    record Refused(Problem problem) implements Applicant {}
}
