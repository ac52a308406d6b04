package dev.stagedoor.gateway.ops;

import dev.stagedoor.gateway.waitingroom.Change;
import dev.stagedoor.gateway.waitingroom.Controls.Difference;
import dev.stagedoor.gateway.waitingroom.Setting;

import java.time.Instant;

/** Who changed what, when, from which value to which. */
record ChangeDocument(Instant at, String by, String from, String what, Object old, Object now) {

    static ChangeDocument of(Change change) {
        return new ChangeDocument(
                change.at(),
                change.by(),
                change.from(),
                label(change.what()),
                told(change.what(), change.old()),
                told(change.what(), change.now()));
    }

    /** One setting that is different now. */
    record Of(String setting, Object old, Object now) {
        static Of of(Difference difference) {
            String field = difference.setting();
            return new Of(
                    label(field), told(field, difference.old()), told(field, difference.now()));
        }
    }

    private static String label(String field) {
        return Setting.ofField(field).map(Setting::label).orElse(field);
    }

    private static Object told(String field, String value) {
        return Setting.ofField(field).map(setting -> setting.told(value)).orElse(value);
    }
}
