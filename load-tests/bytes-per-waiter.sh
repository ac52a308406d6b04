#!/usr/bin/env bash
# What one person who waits costs Redis, and one whose ticket is over: fills a room on a redis-server of its own.
#   load-tests/bytes-per-waiter.sh [waiting, default 1000000] [port, default 7399]
# Needs redis-server, redis-cli, python3.
set -euo pipefail
waiting=${1:-1000000}
port=${2:-7399}
folder=$(mktemp -d)
redis-server --port "$port" --save "" --appendonly no --dir "$folder" --pidfile "$folder/pid" --daemonize yes > /dev/null
trap 'kill "$(cat "$folder/pid")"' EXIT
until redis-cli -p "$port" PING > /dev/null 2>&1; do :; done

used() { redis-cli -p "$port" INFO memory | sed -n 's/^used_memory:\([0-9]*\).*/\1/p'; }

before=$(used)
python3 - "$waiting" << 'PYTHON' | redis-cli -p "$port" --pipe | tail -1
import base64, os, random, sys

def command(*words):
    sys.stdout.buffer.write(b"*%d\r\n" % len(words))
    for word in words:
        sys.stdout.buffer.write(b"$%d\r\n%s\r\n" % (len(word), word))

first, now, users = 1_765_000_000_000_000, 1_765_000_000, []
for sequence in range(first, first + int(sys.argv[1]), 500):
    came = [base64.urlsafe_b64encode(os.urandom(16)).rstrip(b"=") for _ in range(500)]
    users += came
    line = [b"ZADD", b"wr:{main}:waiting"]
    for place, user in enumerate(came):
        line += [b"%d" % (sequence + place), user]
    command(*line)
    for block in range(sequence // 100, sequence // 100 + 5):
        command(b"ZADD", b"wr:{main}:quiet", b"%d" % now, b"%d" % block)

# Everybody polls once, in whatever order: the place is looked up, and the sign of life taken down.
order = list(range(len(users)))
random.shuffle(order)
for i in order:
    command(b"ZSCORE", b"wr:{main}:waiting", users[i])
    command(b"HSET", b"wr:{main}:seen:%d" % ((first + i) // 100), b"%d" % (i % 100), b"%d" % (now + i % 300))
PYTHON
echo "waiting: $(redis-cli -p "$port" ZCARD 'wr:{main}:waiting')"
echo "bytes per waiter: $(( ($(used) - before) / waiting ))"

# And what is remembered of one whose ticket is over, for an hour: of who lapsed in line, and of who was inside.
for turn in "" " 1765000000000 1765000060000"; do
  before=$(used)
  redis-cli -p "$port" EVAL "for i = 1, ARGV[2] do redis.call('SET', string.format('wr:{main}:ended:%022d', ARGV[1] + i),
    string.format('%.0f', 1765000000000000 + i) .. ' lapsed 1765000000000' .. ARGV[3], 'EX', 3600) end" \
    0 "${#turn}000000" "$((waiting / 2))" "$turn" > /dev/null
  echo "bytes per ended ticket${turn:+ that was inside}: $(( ($(used) - before) / (waiting / 2) ))"
done
