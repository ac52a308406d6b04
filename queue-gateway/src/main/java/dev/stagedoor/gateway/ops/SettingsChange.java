package dev.stagedoor.gateway.ops;

import dev.stagedoor.common.Problem.Wrong;
import dev.stagedoor.gateway.waitingroom.BadSetting;
import dev.stagedoor.gateway.waitingroom.Setting;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Settings as somebody has sent them: fields for the room's hash, or everything that is wrong with
 * them.
 */
record SettingsChange(Map<String, String> fields, List<Wrong> wrong) {

    static SettingsChange of(Map<String, Object> sent) {
        Map<String, String> fields = new LinkedHashMap<>();
        List<Wrong> wrong = new ArrayList<>();
        sent.forEach(
                (name, value) ->
                        Setting.called(name)
                                .ifPresentOrElse(
                                        setting -> read(setting, value, fields, wrong),
                                        () -> wrong.add(unknown(name))));
        if (sent.isEmpty()) {
            wrong.add(unknown("settings"));
        }
        return new SettingsChange(fields, wrong);
    }

    /** The name in the room's hash is not what operators call it. */
    static Wrong wrong(BadSetting bad) {
        return new Wrong(Setting.labelOf(bad.setting()), bad.rule());
    }

    private static void read(
            Setting setting, Object value, Map<String, String> fields, List<Wrong> wrong) {
        try {
            fields.put(setting.field(), setting.read(value));
        } catch (BadSetting bad) {
            wrong.add(wrong(bad));
        }
    }

    private static Wrong unknown(String name) {
        return new Wrong(name, "be one of " + Setting.labels());
    }
}
