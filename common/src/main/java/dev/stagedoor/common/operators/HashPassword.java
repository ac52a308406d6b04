package dev.stagedoor.common.operators;

import java.io.Console;

/** Prints what a password is in the settings; docs/security.md has the command. */
final class HashPassword {

    private HashPassword() {}

    public static void main(String[] arguments) {
        Console console = System.console();
        String password =
                console == null || !console.isTerminal()
                        ? IO.readln()
                        : new String(console.readPassword("Password: "));
        try {
            IO.println(Passwords.hash(password));
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.exit(1);
        }
    }
}
