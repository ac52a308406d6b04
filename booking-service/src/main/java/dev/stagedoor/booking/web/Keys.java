package dev.stagedoor.booking.web;

import dev.stagedoor.common.SigningKey;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

import java.util.List;

/**
 * Secrets shared with the gateway: {@code stagedoor.keys.*}, each a comma list of {@code
 * id:base64url}. The first key signs, all verify. The starter has the one of passes.
 *
 * @param access under which this service signs access tokens
 * @param ticket under which it signs the codes of tickets; those of {@code access} unless there are
 *     any
 */
@ConfigurationProperties("stagedoor.keys")
record Keys(@DefaultValue List<String> access, @DefaultValue List<String> ticket) {

    Keys {
        SigningKey.listOf("stagedoor.keys.access", access);
        if (!ticket.isEmpty()) {
            SigningKey.listOf("stagedoor.keys.ticket", ticket);
        }
    }

    List<SigningKey> accessKeys() {
        return SigningKey.listOf("stagedoor.keys.access", access);
    }

    /** Of a key for another use another one is made. */
    List<SigningKey> ticketKeys() {
        return ticket.isEmpty()
                ? accessKeys().stream()
                        .map(key -> new SigningKey(key.id(), key.mac("tickets")))
                        .toList()
                : SigningKey.listOf("stagedoor.keys.ticket", ticket);
    }

    @Override
    public String toString() {
        return "Keys[access=" + accessKeys() + ", ticket=" + ticketKeys() + "]";
    }
}
