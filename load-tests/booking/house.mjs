// What house.sh measures: see there. Arguments: which of it; all if there are none.
import { execFile, execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import http from 'node:http';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { gunzipSync } from 'node:zlib';

const SALE = { host: '127.0.0.1', port: 18081 };
const OFFICE = { host: '127.0.0.1', port: 18082 };
const key = Buffer.from(process.env.SECRET, 'hex');
const [maps, bookings, tickets] = ['MAPS', 'BOOKINGS', 'TICKETS'].map((name) => Number(process.env[name]));
const few = new http.Agent({ keepAlive: true, maxSockets: 64 });

// ── who asks ────────────────────────────────────────────────────────────────────────────────────

const encoded = (text) => Buffer.from(text).toString('base64url');
const header = encoded(JSON.stringify({ kid: 'k', typ: 'stagedoor-pass+jwt', alg: 'HS256' }));

/** As the gateway signs it, but of an hour. */
function pass(n) {
  const id = `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
  const user = Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const claims = encoded(JSON.stringify({ sub: user, room: 'main', seq: 1, sid: id, iat: now, exp: now + 3600 }));
  return `${header}.${claims}.${createHmac('sha256', key).update(`${header}.${claims}`).digest('base64url')}`;
}

const passes = Array.from({ length: tickets + 2000 }, (_, n) => pass(n));
let turn = 0;
/** Somebody else each time: one user does one thing at a time. */
const somebody = () => passes[maps + (turn++ % (passes.length - maps))];

function send(where, method, path, headers, body, agent = few) {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const begun = performance.now();
    const request = http.request({ ...where, method, path, agent, headers: { ...headers, ...(text && { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }) } }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('end', () => {
        const whole = Buffer.concat(parts).toString();
        resolve({ status: answer.statusCode, body: whole && whole[0] === '{' ? JSON.parse(whole) : {}, millis: performance.now() - begun });
      });
    });
    request.on('error', reject);
    request.end(text);
  });
}

let keys = 0;
const buyer = (shown) => ({ 'Stagedoor-Pass': shown, 'Idempotency-Key': `house-${keys++}` });
const asBuyer = (shown, method, path, body, agent) => send(SALE, method, `/api/v1${path}`, buyer(shown), body, agent);
const office = { Authorization: `Basic ${Buffer.from(`admin:${process.env.ADMIN}`).toString('base64')}` };
const asSeller = (method, path, body) => send(OFFICE, method, `/admin${path}`, office, body);
const sql = (text) => execFileSync('psql', ['-qAtc', text]).toString().trim();
/** The same, while others buy. */
const asked = async (text) => Number((await promisify(execFile)('psql', ['-qAtc', text])).stdout);

let days = 10;
const inDays = () => new Date(Date.now() + days++ * 86_400_000).toISOString();

async function show(terms) {
  const told = await asSeller('POST', '/concerts/1/schedules', { startsAt: inDays(), seatsPerUser: 1000, ...terms });
  if (told.status !== 201) throw new Error(`no show: ${JSON.stringify(told.body)}`);
  return { id: told.body.scheduleId, millis: told.millis };
}

// ── figures ─────────────────────────────────────────────────────────────────────────────────────

const at = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * part) - 1)] ?? NaN;
const sorted = (times) => Float64Array.from(times).sort();
const figures = (times) => {
  const all = sorted(times);
  return `p50 ${at(all, 0.5).toFixed(0)} ms p99 ${at(all, 0.99).toFixed(0)} ms worst ${(all.at(-1) ?? NaN).toFixed(0)} ms`;
};
const p95 = (times) => at(sorted(times), 0.95);
const pause = (millis) => new Promise((resolve) => setTimeout(resolve, millis));

let well = true;
function bar(words, holds) {
  well &&= holds;
  console.log(`  ${holds ? 'held' : 'BROKEN'}: ${words}`);
}

/** Of a process and those that it has started, in seconds. */
function processor(pid) {
  const of = (id) => readFileSync(`/proc/${id}/stat`, 'utf8').replace(/.*\) /, '').split(' ');
  let own = of(pid);
  let ticks = Number(own[11]) + Number(own[12]) + Number(own[13]) + Number(own[14]);
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    for (const child of readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean)) {
      try {
        own = of(child);
        ticks += Number(own[11]) + Number(own[12]);
      } catch { /* It has ended. */ }
    }
  }
  return ticks / 100;
}

// ── a sale that goes on ─────────────────────────────────────────────────────────────────────────

/** So many a second begin, however long the others take: hold, pay, and what the caller makes of it. */
function selling(id, perSecond, told = {}) {
  const sale = { held: [], paid: [], refused: [], seat: 1, open: 0, latest: 0 };
  const begun = performance.now();
  let started = 0;
  const one = async () => {
    const seat = sale.seat++;
    const shown = somebody();
    sale.open++;
    try {
      const held = await asBuyer(shown, 'POST', '/reservations', { scheduleId: id, seatNumbers: [seat] });
      if (held.status !== 201) return sale.refused.push(held.body.code ?? held.status);
      sale.held.push(held.millis);
      told.held?.(seat);
      const paid = await asBuyer(shown, 'POST', `/reservations/${held.body.reservationId}/payment`);
      if (paid.status !== 201) return sale.refused.push(paid.body.code ?? paid.status);
      sale.paid.push(paid.millis);
      told.paid?.(seat);
    } catch (error) {
      sale.refused.push(String(error));
    } finally {
      sale.open--;
    }
  };
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    sale.latest = Math.max(sale.latest, now - last - 5);
    last = now;
    while (started < ((now - begun) * perSecond) / 1000) {
      started++;
      one();
    }
  }, 5);
  sale.stop = async () => {
    clearInterval(timer);
    while (sale.open > 0) await pause(10);
    sale.seconds = (performance.now() - begun) / 1000;
    return sale;
  };
  return sale;
}

const outcome = (sale) => `${(sale.paid.length / sale.seconds).toFixed(0)} bookings/s, hold ${figures(sale.held)}, pay ${figures(sale.paid)}, refused ${sale.refused.length} ${[...new Set(sale.refused)].join(' ')}`;

async function during(perSecond, seats, work) {
  const { id } = await show({ seatCount: seats, price: 50_000 });
  const sale = selling(id, perSecond);
  const result = await work();
  return { ...(await sale.stop()), result };
}

/** The compilers of the JVM need their time. */
async function warmUp() {
  for (let round = 0; round < 4; round++) {
    const sale = await during(bookings / 2, 10_000, () => pause(10_000));
    console.log(`warm-up: ${outcome(sale)}`);
    if (at(sorted(sale.held), 0.5) < 40) break;
  }
  console.log(`quiet: ${outcome(await during(100, 10_000, () => pause(5_000)))}`);
}

// ── what is measured ────────────────────────────────────────────────────────────────────────────

async function cancel() {
  const { id } = await show({ seatCount: tickets, price: 50_000, seatsPerUser: 1 });
  sql(`SELECT count(*) FROM (
    SELECT pay(id, NULL, NULL, ((hold(id, NULL, NULL, ${id}, ARRAY[n + 1], 600000)).body::json ->> 'reservationId')::uuid)
    FROM bench_user WHERE n < ${tickets} OFFSET 0) AS bought`);
  const paid = Number(sql(`SELECT count(*) FROM ticket WHERE schedule_id = ${id} AND status = 'PAID'`));
  let settled;
  const sale = await during(100, 50_000, async () => {
    const begun = performance.now();
    await asSeller('POST', `/schedules/${id}/cancel`, { reason: 'rain' });
    do {
      await pause(100);
      settled = Number(sql(`SELECT count(*) FROM schedule WHERE id = ${id} AND settled_at IS NOT NULL`));
    } while (!settled && performance.now() - begun < 120_000);
    return (performance.now() - begun) / 1000;
  });
  const refunds = Number(sql(`SELECT count(*) FROM refund JOIN payment ON payment.id = payment_id JOIN reservation ON reservation.id = reservation_id WHERE schedule_id = ${id}`));
  console.log(`cancel: ${paid} paid tickets, ${refunds} paid back in ${sale.result.toFixed(1)} s; the open sale meanwhile: ${outcome(sale)}`);
  bar('each paid back once, all in less than 60 s', paid === tickets && refunds === tickets && sale.result < 60);
  bar('nobody who buys meanwhile is refused', sale.refused.length === 0);
}

/** One who looks at the map: when which seat was seen to be sold. */
function look(id, n, saw) {
  return new Promise((resolve, reject) => {
    const request = http.get({ ...SALE, agent: false, path: `/api/v1/schedules/${id}/seats/events`, headers: { 'Stagedoor-Pass': passes[n] } }, (answer) => {
      if (answer.statusCode !== 200) return reject(new Error(`map: ${answer.statusCode}`));
      let rest = '';
      answer.setEncoding('utf8');
      answer.on('data', (part) => {
        const events = (rest + part).split('\n\n');
        rest = events.pop();
        events.forEach(saw);
      });
      answer.on('error', () => {});
      resolve(() => request.destroy());
    });
    request.on('error', reject);
  });
}

async function looking() {
  const seats = 20_000;
  const seconds = 25;
  const { id } = await show({ seatCount: seats, price: 50_000 });
  const since = { 1: new Float64Array(seats + 1), 2: new Float64Array(seats + 1) };
  const times = [];
  const seen = Array.from({ length: maps }, () => new Uint8Array(seats + 1));
  const read = new Map(); // what many are told is read once
  const changesIn = (event) => {
    if (!read.has(event)) {
      if (read.size > 50) read.delete(read.keys().next().value);
      const data = event.split('\n').find((line) => line.startsWith('data:'));
      const bytes = Buffer.from((data && JSON.parse(data.slice(5)).changes) ?? '', 'base64');
      read.set(event, Array.from({ length: bytes.length / 3 }, (_, i) => bytes.readUIntBE(i * 3, 3)));
    }
    return read.get(event);
  };
  const saw = (who) => (event) => {
    const now = performance.now();
    for (const change of changesIn(event)) {
      const [seat, state] = [change >> 2, change & 3];
      if (!since[state]) continue;
      seen[who][seat] = state;
      times.push(since[state][seat] ? now - since[state][seat] : 0);
    }
  };
  const stops = [];
  for (let n = 0; n < maps; n++) stops.push(await look(id, n, saw(n)));
  const cores = () => [...[process.env.SERVICE, process.env.DATABASE].map(processor), (process.cpuUsage().user + process.cpuUsage().system) / 1e6];
  const before = cores();
  const sale = selling(id, bookings, { held: (seat) => (since[1][seat] = performance.now()), paid: (seat) => (since[2][seat] = performance.now()) });
  await pause(seconds * 1000);
  await sale.stop();
  const spent = cores().map((seconds, i) => ((seconds - before[i]) / sale.seconds).toFixed(2));
  await pause(1500);
  stops.forEach((stop) => stop());
  const all = sorted(times);
  const missed = seen.reduce((sum, one) => sum + since[2].filter((when, seat) => when && one[seat] !== 2).length, 0);
  console.log(`maps: ${maps} open, ${outcome(sale)}`);
  console.log(`  a change is seen after ${figures(all)}, of ${all.length}; missed ${missed}; cores: JVM ${spent[0]} PostgreSQL ${spent[1]} generator ${spent[2]}, which was late by ${sale.latest.toFixed(0)} ms at most`);
  bar(`${bookings} bookings a second`, sale.paid.length / sale.seconds > bookings * 0.98 && sale.refused.length === 0);
  bar('99 % of the changes are seen within 1 s, none is missed', at(all, 0.99) < 1000 && missed === 0);
}

/** One look, as a browser asks: how many bytes come, and of which version; nothing if it is refused. */
function states(id, shown, since) {
  return new Promise((resolve, reject) => {
    const begun = performance.now();
    const path = `/api/v1/schedules/${id}/seats/states${since ? `?since=${since}` : ''}`;
    http.get({ ...SALE, path, agent: few, headers: { 'Stagedoor-Pass': shown, 'Accept-Encoding': 'gzip' } }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('end', () => {
        const body = Buffer.concat(parts);
        if (answer.statusCode !== 200) return resolve();
        const { version, seats } = JSON.parse(answer.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body);
        resolve({ version, isWhole: seats !== undefined, bytes: body.length, millis: performance.now() - begun });
      });
    }).on('error', reject);
  });
}

/** Twenty bookings a second change it; who looks on by asking looks again each second. */
async function map() {
  const seconds = 20;
  const { id } = await show({ seatCount: 20_000, price: 50_000 });
  const cores = () => [process.env.SERVICE, process.env.DATABASE].map(processor);
  const after = async (work) => {
    const before = cores();
    await work();
    return cores().map((spent, i) => spent - before[i]);
  };
  const sale = selling(id, 20);
  await pause(2_000);
  const alone = await after(() => pause(seconds * 1000));
  const [first, again] = [[], []];
  let refused = 0;
  const looker = async (n) => {
    await pause((n / maps) * 1000);
    let known;
    for (let second = 0; second < seconds; second++) {
      const begun = performance.now();
      const seen = await states(id, passes[n], known);
      if (seen) (known ? again : first).push(seen);
      else refused++;
      known = seen?.version ?? known;
      await pause(1000 - (performance.now() - begun));
    }
  };
  const everybody = () => Promise.all(Array.from({ length: maps }, (_, n) => looker(n)));
  await everybody(); // until it is warm
  for (const looks of [first, again]) looks.length = 0;
  refused = 0;
  const looked = await after(everybody);
  await sale.stop();
  const millis = looked.map((spent, i) => ((spent - alone[i]) * 1000) / again.length);
  const bytes = (looks) => looks.reduce((sum, it) => sum + it.bytes, 0) / looks.length;
  console.log(`map: 20,000 seats whole in ${bytes(first).toFixed(0)} bytes, ${figures(first.map((it) => it.millis))}, of ${first.length}; the sale meanwhile: ${outcome(sale)}`);
  console.log(`map: a look again each second ${bytes(again).toFixed(0)} bytes, ${figures(again.map((it) => it.millis))}, processor ${(millis[0] + millis[1]).toFixed(2)} ms, JVM ${millis[0].toFixed(2)} PostgreSQL ${millis[1].toFixed(2)}, of ${again.length}, ${again.filter((it) => it.isWhole).length} of them whole, ${refused} refused`);
  bar('a look again costs 1 KB and 1 ms of the processor at most', bytes(again) <= 1024 && millis[0] + millis[1] <= 1 && refused === 0);
}

async function staging() {
  const rows = Array.from({ length: 500 }, (_, i) => ({ name: String(i + 1), seats: 200, y: i + 1 }));
  const plan = await asSeller('POST', '/plans', { name: 'Large', sections: [{ name: 'A', category: 'R', rows }] });
  for (const [words, terms] of [['rows of ten', { seatCount: 100_000, price: 50_000 }], ['a plan', { planId: Number(plan.body.planId), prices: { R: 50_000 } }]]) {
    const sale = await during(100, 50_000, async () => {
      await pause(2000);
      const staged = await show(terms);
      await pause(1000);
      return staged.millis / 1000;
    });
    console.log(`staging 100,000 seats, ${words}: ${sale.result.toFixed(1)} s; the open sale meanwhile: ${outcome(sale)}`);
    bar('in less than 10 s, and nobody is refused', sale.result < 10 && sale.refused.length === 0);
  }
}

/** A day's five million come at 58 a second; at an opening, 1,000. */
async function forget() {
  const answers = 200_000;
  sql(`INSERT INTO kept_answer (user_id, key, fingerprint, status, completes_session, body, created_at)
    SELECT gen_random_uuid(), 'old-' || n, '\\x00', 201, false, convert_to(repeat('x', 400), 'UTF8'), now() - interval '2 days'
    FROM generate_series(1, ${answers}) AS n`);
  const left = () => Number(sql("SELECT count(*) FROM kept_answer WHERE created_at < now() - interval '1 day'"));
  const sale = await during(100, 50_000, async () => {
    const [before, begun] = [left(), performance.now()];
    await pause(10_000);
    return ((before - left()) / (performance.now() - begun)) * 1000;
  });
  console.log(`kept answers: ${sale.result.toFixed(0)} forgotten a second; the open sale meanwhile: ${outcome(sale)}`);
  bar('faster than they come, and nobody who buys is refused', (sale.result > 1000 || left() === 0) && sale.refused.length === 0);
}

async function best() {
  const crowd = 1000;
  const many = new http.Agent({ keepAlive: true, maxSockets: crowd });
  await Promise.all(passes.slice(0, crowd).map((shown) => asBuyer(shown, 'GET', '/concerts', undefined, many)));
  for (const round of [1, 2, 3]) {
    const { id } = await show({ seatCount: 5_000, price: 50_000, seatsPerUser: 4 });
    const begun = performance.now();
    let again = 0;
    const held = async (shown) => {
      const answer = await asBuyer(shown, 'POST', '/reservations', { scheduleId: id, quantity: 4 }, many);
      if (answer.status !== 503) return { ...answer, millis: performance.now() - begun };
      again++;
      await pause(1000 + Math.random() * 1000); // Retry-After, and the shop's own jitter
      return held(shown);
    };
    const answers = await Promise.all(passes.slice(0, crowd).map(held));
    const taken = performance.now() - begun;
    const served = answers.filter((it) => it.status === 201);
    const together = served.filter(({ body: { tickets: own } }) => own.at(-1).seatNumber - own[0].seatNumber === 3);
    const others = answers.filter((it) => it.status !== 201).map((it) => it.body.code ?? it.status);
    console.log(`best, round ${round}: ${crowd} at once want 4 of 5,000 seats: ${served.length} served, ${together.length} side by side, in ${(taken / 1000).toFixed(1)} s, ${figures(answers.map((it) => it.millis))}; told to come again ${again}; others ${others.length} ${[...new Set(others)].join(' ')}`);
    bar('everybody gets four side by side', together.length === crowd);
  }
}

/** All who held in the same second, and nobody pays. A payer at the deadline has two seconds of grace. */
async function expire() {
  const [held, grace] = [60_000, 2_000];
  const quiet = await during(100, 2_000, () => pause(10_000));
  const { id } = await show({ seatCount: tickets, price: 50_000, seatsPerUser: 1 });
  sql(`SELECT count(*) FROM (SELECT hold(id, NULL, NULL, ${id}, ARRAY[n + 1], ${held}) FROM bench_user WHERE n < ${tickets} OFFSET 0) AS holds`);
  const left = () => asked(`SELECT count(*) FROM ticket WHERE schedule_id = ${id} AND status = 'RESERVED'`);
  const holds = await left();
  const over = performance.now() + grace + await asked(`SELECT extract(epoch FROM max(held_until) - clock_timestamp()) * 1000 FROM seat WHERE schedule_id = ${id}`);
  await pause(over - 1_000 - performance.now());
  const sale = await during(100, 10_000, async () => {
    while (await left() > 0 && performance.now() - over < 60_000) await pause(100);
    return (performance.now() - over) / 1000;
  });
  console.log(`expire: ${holds} holds that run out in the same second, the last tidied ${sale.result.toFixed(1)} s after the grace; the open sale meanwhile: ${outcome(sale)}`);
  console.log(`  hold p95 ${p95(sale.held).toFixed(0)} ms, quiet ${p95(quiet.held).toFixed(0)} ms; pay p95 ${p95(sale.paid).toFixed(0)} ms, quiet ${p95(quiet.paid).toFixed(0)} ms`);
  bar('all tidied within 5 s', holds === tickets && sale.result < 5 && await left() === 0);
  bar('nobody who buys meanwhile is refused', sale.refused.length === 0);
}

/** Sends what it is given, a text for each of so many connections, and tells when that is out; then, by statuses, when all is answered. */
async function lines(number) {
  const thread = new Worker(new URL('lines.mjs', import.meta.url), { workerData: { ...SALE, number } });
  const said = async () => (await once(thread, 'message'))[0];
  await said();
  return async (texts) => {
    thread.postMessage(texts);
    await said();
    return { answered: said() };
  };
}

/** Forty who want a seat each, alone; beside one who asks six hundred times for nothing of the sale; and for as many seats. */
async function crowd() {
  const { id } = await show({ seatCount: 50_000, price: 50_000 });
  const many = new http.Agent({ keepAlive: true, maxSockets: 40 });
  const atOnce = await lines(600);
  let seat = 1;
  const wish = () => ({ scheduleId: id, seatNumbers: [seat++] });
  const asked = (path, shown, body) => {
    const text = JSON.stringify(body);
    const fields = Object.entries({ Host: SALE.host, ...buyer(shown), 'Content-Type': 'application/json', 'Content-Length': text.length });
    return `POST /api/v1${path} HTTP/1.1\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${text}`;
  };
  const times = (number, act) => Array.from({ length: number }, act);
  const crowds = {
    nobody: () => ({ answered: [] }),
    nothing: (shown) => atOnce(times(600, () => asked('/nothing', shown, {}))),
    seats: (shown) => atOnce(times(600, () => asked('/reservations', shown, wish()))),
  };
  const waited = { nobody: [], nothing: [], seats: [] };
  const [refused, told] = [[], new Map()];
  for (let round = 0; round < 60; round++) {
    for (const [what, come] of Object.entries(crowds)) {
      const { answered } = await come(passes[round]);
      const others = await Promise.all(times(40, () => asBuyer(somebody(), 'POST', '/reservations', wish(), many)));
      for (const status of await answered) told.set(`${what} ${status}`, (told.get(`${what} ${status}`) ?? 0) + 1);
      refused.push(...others.filter((it) => it.status !== 201).map((it) => it.body.code ?? it.status));
      if (round >= 30) waited[what].push(p95(others.map((it) => it.millis))); // once it is warm
    }
  }
  const [alone, nothing, seats] = Object.values(waited).map((rounds) => at(sorted(rounds), 0.5));
  console.log(`crowd: p95 of 40 who hold a seat each, in half of 30 rounds: alone ${alone.toFixed(0)} ms, beside 600 requests of one for nothing ${nothing.toFixed(0)} ms, for seats ${seats.toFixed(0)} ms; refused ${refused.length} ${[...new Set(refused)].join(' ')}; the one was told ${[...told].map(([what, times]) => `${what}: ${times}`).join(', ')}`);
  bar('600 wishes of one cost the others no more than half as much again as nobody does', seats <= alone * 1.5 && refused.length === 0);
}

const all = { cancel, maps: looking, map, staging, forget, best, expire, crowd };
const wanted = process.argv.slice(2);
await warmUp();
for (const name of wanted.length > 0 ? wanted : Object.keys(all)) await all[name]();
const audit = await asSeller('GET', '/audit');
bar(`the books: ${audit.body.violations?.map((it) => it.invariant).join(' ') || 'nothing is wrong'}`, audit.body.well === true);
process.exit(well ? 0 : 1);
