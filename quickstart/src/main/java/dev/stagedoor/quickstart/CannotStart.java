package dev.stagedoor.quickstart;

/** The one line that tells what is in the way. */
final class CannotStart extends RuntimeException {

    private static final long serialVersionUID = 1;

    CannotStart(String reason) {
        super(reason);
    }
}
