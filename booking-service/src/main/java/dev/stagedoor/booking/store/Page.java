package dev.stagedoor.booking.store;

import dev.stagedoor.common.UserId;

import io.r2dbc.postgresql.codec.PostgresqlObjectId;
import io.r2dbc.spi.Parameters;

import org.jspecify.annotations.Nullable;
import org.springframework.r2dbc.core.DatabaseClient.GenericExecuteSpec;

import java.util.UUID;

/**
 * A page of what belongs to a user, newest first.
 *
 * @param before the one that the last page ended with; null for the first page
 */
public record Page(@Nullable UUID before, int limit) {

    /**
     * To stand behind WHERE; none if the user has nothing of the id that the last page ended with.
     */
    public static String of(String table) {
        return """
        %1$s.user_id = :user AND (%1$s.created_at, %1$s.id) < (
            SELECT created_at, id FROM %1$s WHERE id = :before AND user_id = :user
            UNION ALL
            SELECT 'infinity', 'ffffffff-ffff-ffff-ffff-ffffffffffff' WHERE :before IS NULL)
        ORDER BY %1$s.created_at DESC, %1$s.id DESC LIMIT :limit
        """
                .formatted(table);
    }

    public GenericExecuteSpec bind(GenericExecuteSpec sql, UserId user) {
        return sql.bind("user", user.uuid())
                .bind("before", Parameters.in(PostgresqlObjectId.UUID, before))
                .bind("limit", limit);
    }
}
