#!/usr/bin/env bash
# What does a token cost the thread that signs or verifies it: one token again and again, and 300,000 different ones?
#
#   load-tests/tokens.sh
#
# Needs Maven and a JDK 25 as JAVA_HOME or java.
set -euo pipefail

cd "$(dirname "$0")/.."
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mvn -q -pl queue-gateway -am test-compile dependency:build-classpath -Dmdep.outputFile="$work/classpath" -Dmdep.includeScope=test
classes=$(ls -d {queue-gateway,common,dev-services}/target/classes queue-gateway/target/test-classes | paste -sd:)

echo "$(nproc) cores, $(uname -m), $("$java" -version 2>&1 | sed -n 2p)"
"$java" -Xmx1g -cp "$classes:$(cat "$work/classpath")" dev.stagedoor.gateway.token.TokenMeasurement
