package dev.stagedoor.gateway.visitor;

import dev.stagedoor.common.Bearer;
import dev.stagedoor.common.Problem;

/** Who comes: somebody known, or anybody. */
public sealed interface Applicant {

    record Known(Bearer bearer) implements Applicant {}

    record Guest() implements Applicant {}

    /** Says who they are, and is not believed. */
    record Refused(Problem problem) implements Applicant {}
}
