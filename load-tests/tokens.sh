#!/usr/bin/env bash
# What does a token cost the thread that signs or verifies it: one token again and again, and 300,000 different ones?
#
#   load-tests/tokens.sh
#
# Needs Maven and a JDK 25 as JAVA_HOME or java.
set -euo pipefail

. "$(dirname "$0")/machine.sh"
machine
measurement token.TokenMeasurement
