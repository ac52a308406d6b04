package dev.stagedoor.gateway.ops;

import dev.stagedoor.gateway.waitingroom.Setting;
import dev.stagedoor.gateway.waitingroom.room.Controls.Changed;
import dev.stagedoor.gateway.waitingroom.room.Room;

import java.util.List;
import java.util.Map;

/** The settings in force after a change, and what the change was. */
record ChangedDocument(String room, Map<String, Object> settings, List<ChangeDocument.Of> changes) {

    static ChangedDocument of(Room room, Changed changed) {
        return new ChangedDocument(
                room.id().name(),
                Setting.document(changed.settings()),
                changed.differences().stream().map(ChangeDocument.Of::of).toList());
    }
}
