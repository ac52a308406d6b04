package dev.stagedoor.gateway;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.gateway.waitingroom.RoomSettings;

import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.PropertySourcesPlaceholdersResolver;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.core.env.Environment;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * The rooms of this installation, each made with these settings if it does not exist yet.
 *
 * @param rooms a single room called {@code main} that guards everything, if none is configured
 * @param defaults what a room is that says nothing itself
 */
record RoomsProperties(Map<RoomId, RoomSettings> rooms, RoomSettings defaults) {

    private static final ConfigurationPropertyName ROOMS =
            ConfigurationPropertyName.of("stagedoor.rooms");
    private static final ConfigurationPropertyName DEFAULTS =
            ConfigurationPropertyName.of("stagedoor.room-defaults");

    static RoomsProperties of(Environment environment, BindHandler handler) {
        Iterable<ConfigurationPropertySource> all = ConfigurationPropertySources.get(environment);
        Stream<ConfigurationPropertySource> defaults = stream(all).map(RoomsProperties::ofAnyRoom);
        Binder binder =
                new Binder(
                        Stream.concat(stream(all), defaults).toList(),
                        new PropertySourcesPlaceholdersResolver(environment),
                        null,
                        null,
                        handler);
        RoomSettings ofAny = binder.bindOrCreate(DEFAULTS.toString(), RoomSettings.class);
        Map<RoomId, RoomSettings> rooms = new LinkedHashMap<>();
        binder.bind(ROOMS, Bindable.mapOf(String.class, RoomSettings.class))
                .orElseGet(() -> Map.of("main", ofAny))
                .forEach((name, settings) -> rooms.put(new RoomId(name), settings));
        return new RoomsProperties(rooms, ofAny);
    }

    private static Stream<ConfigurationPropertySource> stream(
            Iterable<ConfigurationPropertySource> sources) {
        return StreamSupport.stream(sources.spliterator(), false);
    }

    /** Behind all that rooms say themselves. */
    private static ConfigurationPropertySource ofAnyRoom(ConfigurationPropertySource source) {
        int setting = ROOMS.getNumberOfElements() + 1;
        return name ->
                ROOMS.isAncestorOf(name) && name.getNumberOfElements() > setting
                        ? source.getConfigurationProperty(DEFAULTS.append(name.subName(setting)))
                        : null;
    }
}
