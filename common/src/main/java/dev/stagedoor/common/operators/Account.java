package dev.stagedoor.common.operators;

import org.jspecify.annotations.Nullable;

/**
 * Somebody who may sign in, as the settings have it.
 *
 * @param password a hash with the name of its kind in front, such as <code>{bcrypt}$2a$…</code>
 * @param role {@code viewer} unless it says another
 */
public record Account(String password, Role role) {

    public Account(@Nullable String password, @Nullable Role role) {
        this.password = password == null ? "" : password;
        this.role = role == null ? Role.VIEWER : role;
    }

    @Override
    public String toString() {
        return "Account[role=" + role + "]";
    }
}
