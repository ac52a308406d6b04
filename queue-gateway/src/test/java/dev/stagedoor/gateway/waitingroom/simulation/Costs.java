package dev.stagedoor.gateway.waitingroom.simulation;

import tools.jackson.databind.JsonNode;

/** What calls cost a Redis, in µs of its processor, as measured: see {@code docs/scale.js}. */
record Costs(
        Call join,
        Call sign,
        Call look,
        Call restore,
        Call end,
        double view,
        double rungs,
        double admission,
        double runOut,
        double patrol) {

    static Costs of(JsonNode measured) {
        return new Costs(
                call(measured, "join"),
                call(measured, "sign"),
                call(measured, "look"),
                call(measured, "restore"),
                call(measured, "end"),
                measured.get("view").asDouble(),
                measured.get("rungs").asDouble(),
                measured.get("admission").asDouble(),
                measured.get("runOut").asDouble(),
                measured.get("patrol").asDouble());
    }

    private static Call call(JsonNode measured, String name) {
        JsonNode cost = measured.get(name);
        return new Call(cost.get("alone").asDouble(), cost.get("together").asDouble());
    }

    /** Of one by itself, and of each of 500 together. */
    record Call(double alone, double together) {

        private static final int TOGETHER = 500;

        double of(int number) {
            double each = (together * TOGETHER - alone) / (TOGETHER - 1);
            return alone - each + each * number;
        }
    }
}
