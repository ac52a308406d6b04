// How much of everything a sale takes: the formulas of scale.html in a browser and of load-tests/scale.mjs in Node. No dependency,
// and no module, so that the page opens from a file. What was measured stands in MEASURED, as JSON: others read it too.
(function (root) {
'use strict';

const MEASURED = /* JSON */ {
  "gateway": {"poll": 27.6, "forward": 85.6, "join": 91.4, "cores": 2},
  "redis": {
    "join": {"alone": 158.9, "together": 9.7},
    "sign": {"alone": 170.7, "together": 7.7},
    "look": {"alone": 114.9, "together": 7.3},
    "restore": {"alone": 143.4, "together": 13.0},
    "end": {"alone": 136.6, "together": 136.6},
    "view": 2051, "rungs": 1100, "admission": 9.1, "runOut": 10.0, "patrol": 112.6
  },
  "bytes": {"waiter": 127.6, "bucket": 8, "ended": 224},
  "sale": {"jvm": 1340, "postgres": 3090}
} /* end of JSON */;

const MICROS = 1e-6;
const DEADLINE = 0.4; // s for every call to Redis
const TOGETHER = 500; // at most by one call
const BUSIEST = 0.97; // of its core: then calls wait for each other, and more goes into each
const NETWORK = 0.0002; // s, to Redis and back

// As PollInterval has it: seconds until somebody asks again who has so many ahead.
function pollSeconds(ahead, waiting, sale) {
  const doublings = ahead < 50 ? 0 : Math.floor(Math.log2(Math.floor(ahead / 50))) + 1;
  const usual = Math.min(1 + 2 * doublings, 30);
  const stretched = waiting * 1.4 / sale.pollBudget;
  const beforeTheTurn = (ahead + 1) / sale.rate / 2;
  return Math.min(Math.max(usual, Math.min(stretched, beforeTheTurn)), sale.idleSeconds * 10 / 22);
}

// Of a whole line, per second: its people by strips of a twentieth each.
function pollsPerSecond(waiting, sale) {
  let polls = 0;
  for (let from = 0; from < waiting;) {
    const to = Math.min(waiting, Math.max(from + 10, Math.floor(from * 1.05)));
    polls += (to - from) / pollSeconds((from + to) / 2, waiting, sale);
    from = to;
  }
  return polls;
}

// Bytes of Redis for a line: of each who waits, and of the buckets of its table, a power of two.
function lineBytes(waiting) {
  const buckets = waiting < 1 ? 0 : 2 ** Math.ceil(Math.log2(waiting));
  return MEASURED.bytes.waiter * waiting + MEASURED.bytes.bucket * buckets;
}

// What is asked for meanwhile goes together into the next call of a gateway: the busier Redis is, the more of it.
function together(perSecond, callers, cost, otherLoad) {
  const each = (cost.together * TOGETHER - cost.alone) / (TOGETHER - 1);
  const call = cost.alone - each;
  const load = number => perSecond * (call / number + each) * MICROS;
  let number = Math.max(1, perSecond / callers * (NETWORK + cost.alone * MICROS));
  while (number < TOGETHER && otherLoad + load(number) > BUSIEST) {
    number = Math.min(TOGETHER, number * 1.02);
  }
  return {load: load(number), calls: perSecond / number};
}

// What every gateway asks of every room, whoever comes or goes.
function standing(callers, sale) {
  const {view, rungs, patrol} = MEASURED.redis;
  return {
    load: callers * (view / sale.interval + rungs / sale.interval / 10 + patrol) * MICROS,
    calls: callers * (1.1 / sale.interval + 1),
  };
}

function shardWhileTheyCome(sale, rooms, gateways) {
  const callers = rooms * gateways;
  const always = standing(callers, sale);
  const peak = rooms * sale.people / sale.rooms / sale.openingSeconds * sale.peak;
  const joins = together(peak, callers, MEASURED.redis.join, always.load);
  return {load: always.load + joins.load, calls: always.calls + joins.calls, joins: peak};
}

function shardWhileTheyWait(sale, rooms, gateways, waiting) {
  const {sign, look, admission, runOut} = MEASURED.redis;
  const callers = rooms * gateways;
  const always = standing(callers, sale);
  const polls = rooms * pollsPerSecond(waiting, sale);
  const each = (sign.together * TOGETHER - sign.alone) / (TOGETHER - 1);
  const goIn = rooms * sale.rate;
  const touches = 2 * callers + (polls + goIn) / TOGETHER; // of those who wait, and of those inside
  const signs = touches * (sign.alone - each) * MICROS + (polls + goIn) * each * MICROS;
  const visits = goIn * (admission + runOut) * MICROS; // as many begin as end, at the latest by running out
  const looks = together(goIn, callers, look, always.load + signs + visits);
  return {
    load: always.load + signs + visits + looks.load,
    calls: always.calls + touches + looks.calls,
    polls,
  };
}

const DEFAULTS = {
  people: 1000000, rooms: 1, shards: 1, gateways: 0, seats: 50000, rate: 100, interval: 1, openingSeconds: 60, peak: 2,
  pollBudget: 2000, idleSeconds: 300, sessionSeconds: 300, requestsInside: 0.2, buyers: 0.5, busy: 0.6,
};

// The one who waits longest is not the last, where the first come more densely: by an even decline from twice the mean.
function longestWait(people, {rate, openingSeconds, peak}) {
  const left = peak < 2 ? 0 : Math.min(1, openingSeconds * rate / (2 * people));
  return Math.max(0, people * (1 - left * left) / rate - openingSeconds * (1 - left));
}

function reckon(wishes) {
  const sale = {...DEFAULTS, ...wishes};
  const {gateway, redis, bytes, sale: journey} = MEASURED;
  const perRoom = sale.people / sale.rooms;
  const waiting = Math.max(0, perRoom - sale.rate * sale.openingSeconds);
  const roomsOfAShard = Math.ceil(sale.rooms / sale.shards);
  const inside = sale.rooms * Math.min(perRoom, sale.rate * sale.sessionSeconds);
  const polls = sale.rooms * pollsPerSecond(waiting, sale);
  const joins = sale.people / sale.openingSeconds * sale.peak;
  const forwards = inside * sale.requestsInside;
  const coresComing = joins * gateway.join * MICROS;
  const coresWaiting = (polls * gateway.poll + forwards * gateway.forward) * MICROS;
  const needed = Math.max(1, Math.ceil(Math.max(coresComing, coresWaiting) / sale.busy / gateway.cores));
  const gateways = sale.gateways || needed;
  const coming = shardWhileTheyCome(sale, roomsOfAShard, gateways);
  const there = shardWhileTheyWait(sale, roomsOfAShard, gateways, waiting);
  const endsAnHour = Math.min(perRoom, sale.rate * 3600);
  const memory = roomsOfAShard * (lineBytes(waiting) + endsAnHour * bytes.ended);
  const wait = longestWait(perRoom, sale);
  const journeys = Math.min(sale.rooms * sale.rate * sale.buyers, sale.seats / sale.openingSeconds);
  const beat = roomsOfAShard * gateways * redis.view * MICROS;
  const limits = [
    {what: 'a shard while they come', used: coming.load, of: 1, unit: 'of its core'},
    {what: 'a shard while they wait', used: there.load, of: 1, unit: 'of its core'},
    {what: 'views that are asked for at one beat', used: beat, of: DEADLINE, unit: 's'},
    {what: 'gateways while they come', used: coresComing, of: gateways * gateway.cores, unit: 'cores'},
    {what: 'gateways while they wait', used: coresWaiting, of: gateways * gateway.cores, unit: 'cores'},
  ].sort((one, other) => other.used / other.of - one.used / one.of);
  return {
    gateways, needed, joins, polls, forwards, inside, waiting: waiting * sale.rooms, waitSeconds: wait, roomsOfAShard,
    coming, there, beat, memory, journeys, soldOutSeconds: sale.seats / journeys,
    saleCores: journeys * journey.jvm * MICROS, postgresCores: journeys * journey.postgres * MICROS, limits,
  };
}

// Journeys a second of so many cores on which the sale and its database stand together.
function journeysOf(cores) {
  return cores / ((MEASURED.sale.jvm + MEASURED.sale.postgres) * MICROS);
}

const number = value => Math.round(value).toLocaleString('en');
const percent = value => `${Math.round(value * 100)} %`;
const megabytes = value => value < 1e9 ? `${number(value / 1e6)} MB` : `${(value / 1e9).toFixed(1)} GB`;
const time = seconds => seconds < 120 ? `${number(seconds)} s` : seconds < 7200 ? `${number(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;

// A result in words: what, and how much.
function told(result) {
  return [
    ['gateways', `${number(result.gateways)} (needed: ${number(result.needed)})`],
    ['joins a second, at the densest', number(result.joins)],
    ['waiting when all have come', number(result.waiting)],
    ['polls a second then', number(result.polls)],
    ['requests a second of those inside', number(result.forwards)],
    ['the longest wait', time(result.waitSeconds)],
    ['rooms of a shard', number(result.roomsOfAShard)],
    ['a shard while they come', `${percent(result.coming.load)} of its core, ${number(result.coming.calls)} calls a second`],
    ['a shard while they wait', `${percent(result.there.load)} of its core, ${number(result.there.calls)} calls a second`],
    ['a shard is busy with views at each beat', `${number(result.beat * 1000)} ms`],
    ['memory of a shard', `${megabytes(result.memory)}, and as much again to copy it`],
    ['purchases a second', number(result.journeys)],
    ['cores of the sale, and of PostgreSQL', `${result.saleCores.toFixed(1)}, ${result.postgresCores.toFixed(1)}`],
    ['all seats are sold after', time(result.soldOutSeconds)],
    ['breaks first', `${result.limits[0].what}: ${percent(result.limits[0].used / result.limits[0].of)} of what there is`],
  ];
}

const Scale = {told, MEASURED, DEFAULTS, reckon, lineBytes, journeysOf, pollSeconds, pollsPerSecond};
if (typeof module === 'object' && module.exports) {
  module.exports = Scale;
} else {
  root.Scale = Scale;
}
}(typeof globalThis === 'object' ? globalThis : this));
