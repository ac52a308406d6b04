package dev.stagedoor.gateway.waitingroom.redis;

import org.springframework.data.redis.connection.ReactiveRedisConnection;
import org.springframework.data.redis.connection.ReturnType;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;
import org.springframework.data.redis.core.script.DefaultReactiveScriptExecutor;
import org.springframework.data.redis.core.script.RedisScript;
import org.springframework.data.redis.serializer.RedisElementReader;

import reactor.core.publisher.Flux;

import java.nio.ByteBuffer;

/** EVAL at once, not EVALSHA first: there is no second attempt, which would come out of order. */
final class CarryingScripts extends DefaultReactiveScriptExecutor<String> {

    CarryingScripts(ReactiveStringRedisTemplate redis) {
        super(redis.getConnectionFactory(), redis.getSerializationContext());
    }

    @Override
    protected <T> Flux<T> eval(
            ReactiveRedisConnection connection,
            RedisScript<T> script,
            ReturnType type,
            int keys,
            ByteBuffer[] keysAndArguments,
            RedisElementReader<T> reader) {
        return deserializeResult(
                reader,
                connection
                        .scriptingCommands()
                        .eval(scriptBytes(script), type, keys, keysAndArguments));
    }
}
