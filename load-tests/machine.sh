# Sourced by what measures here: the JDK, a folder and processes of its own that are gone when it ends, and what is said of the machine.
cd "$(dirname "${BASH_SOURCE[0]}")/.."

java=${JAVA_HOME:+$JAVA_HOME/bin/}java
jdk=$("$java" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p' || true)
if (( ${jdk:-0} < 25 )); then
  echo "${0##*/} needs a JDK 25 as JAVA_HOME or java: $java is ${jdk:+a JDK }${jdk:-not there}" >&2
  exit 1
fi
java_options=(-XX:+UseG1GC --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow ${JAVA_OPTIONS:-})

work=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2> /dev/null || true; wait 2> /dev/null || true; rm -rf "$work"' EXIT

encoded() { base64 -w 0 | tr '+/' '-_' | tr -d '='; }
key() { echo "k:$(head -c 32 /dev/urandom | encoded)"; }
machine() { echo "$(nproc) cores, $(uname -m), $("$java" -version 2>&1 | sed -n 2p)${1:+, $1}, $(date -u +%FT%RZ)"; }

redis_at() { # port; sets redis
  redis-server --port "$1" --save '' --appendonly no --dir "$work" > /dev/null &
  redis=$!
  pids+=("$redis")
}

static() { # port, workers, what nginx does with every request; sets nginx
  cat > "$work/nginx-$1.conf" << CONF
worker_processes $2; pid $work/nginx-$1.pid; error_log $work/nginx-$1.log; daemon off;
events { worker_connections 4096; }
http { access_log off; keepalive_requests 10000000; default_type application/json; server { listen 127.0.0.1:$1 backlog=4096; location / { $3 } } }
CONF
  nginx -p "$work" -c "$work/nginx-$1.conf" 2> /dev/null &
  nginx=$!
  pids+=("$nginx")
}

# Until a service says that it is ready, three minutes at most.
ready() { # port for operators, process, its log
  local until=$((SECONDS + 180))
  until curl -sf "http://127.0.0.1:$1/actuator/health/readiness" > /dev/null; do
    kill -0 "$2" 2> /dev/null && (( SECONDS < until )) || { echo "the service at $1 is gone, or not ready after three minutes:" >&2; tail -20 "$3" >&2; exit 1; }
    sleep 0.05
  done
}

# Processor time so far, in ticks, of a process with all its children, those that have ended too.
tick=$(getconf CLK_TCK)
ticks() {
  local child all fields
  read -ra fields < <(sed 's/.*) //' "/proc/$1/stat")
  all=$((fields[11] + fields[12] + fields[13] + fields[14]))
  for child in $(pgrep -P "$1" || true); do
    read -ra fields < <(sed 's/.*) //' "/proc/$child/stat" 2> /dev/null) || continue
    all=$((all + fields[11] + fields[12]))
  done
  echo "$all"
}

heap() { # process: KB in use, after a collection
  "${java%java}jcmd" "$1" GC.run > /dev/null
  "${java%java}jcmd" "$1" GC.heap_info | grep -o 'used [0-9]*K' | head -1 | tr -dc '0-9'
}

measurement() { # class among the gateway's tests, what it is told
  mvn -q -pl queue-gateway -am test-compile dependency:build-classpath -Dmdep.outputFile="$work/classpath" -Dmdep.includeScope=test >&2 # it ends with an escape, whoever listens
  "$java" -Xmx1g -cp "$(ls -d {queue-gateway,common,dev-services}/target/classes queue-gateway/target/test-classes | paste -sd:):$(cat "$work/classpath")" \
    "dev.stagedoor.gateway.$1" "${@:2}"
}
