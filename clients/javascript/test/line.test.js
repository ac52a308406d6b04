import assert from 'node:assert/strict';
import { getEventListeners, once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { Line, LineEnded, Refused } from '../line.js';
import { Browser } from './world/around.js';
import { Gateway } from './world/gateway.js';

const QUEUE = '/api/v1/queue';
const JOIN = `POST ${QUEUE}/tokens`;
const POLL = `GET ${QUEUE}/tokens/current`;
const LISTEN = `GET ${QUEUE}/events`;

let gateway;
let browser;
let lines;

beforeEach(async () => {
  gateway = await new Gateway().open();
  browser = new Browser();
  lines = [];
});

afterEach(async () => {
  lines.forEach((line) => line.close());
  await gateway.close();
});

function open(tab = browser.tab(), options = {}) {
  const line = new Line({ origin: gateway.origin, ...options }, tab.around);
  lines.push(line);
  return line;
}

/** What a tab sends, as it is sent. */
function sent(tab) {
  const requests = [];
  tab.around.fetch = (request) => { requests.push(request); return fetch(request.clone()); };
  return requests;
}

/** The next that a line says of a kind. */
const next = (line, event) => new Promise((resolve) => {
  const off = line.on(event, (told) => { off(); resolve(told); });
});

const heard = (line, event, isMeant) => new Promise((resolve) => {
  const off = line.on(event, (told) => { if (isMeant(told)) { off(); resolve(told); } });
});

/** Whatever tabs have told each other before has been heard. */
async function passedOnBetweenTabs() {
  const [from, to] = [new BroadcastChannel('of this test'), new BroadcastChannel('of this test')];
  const arrives = once(to, 'message');
  from.postMessage('');
  await arrives;
  from.close();
  to.close();
}

// ── joining ─────────────────────────────────────────────────────────────────────────────────────

test('takes a place, and finds it again', async () => {
  const line = open();

  const first = await line.join();
  const again = await line.join();

  assert.equal(first.position, 3);
  assert.equal(again.sequence, first.sequence);
  assert.equal(first.token, undefined);
  assert.deepEqual(gateway.asked, [JOIN, JOIN]);
});

test('two tabs that join at once share one place', async () => {
  const [one, other] = await Promise.all([open().join(), open().join()]);

  assert.equal(one.sequence, other.sequence);
  assert.equal(gateway.places.size, 1);
});

test('joins in the name of an account', async () => {
  const shown = [];
  const tab = browser.tab();
  tab.around.fetch = (request) => { shown.push(request.headers.get('Authorization')); return fetch(request); };

  await open(tab, { accessToken: async () => 'secret' }).join();

  assert.deepEqual(shown, ['Bearer secret']);
});

test('asks for the room that it is of', async () => {
  const tab = browser.tab();
  const requests = sent(tab);
  const line = open(tab, { room: 'balcony' });

  await line.join();
  await line.leave();

  assert.deepEqual(await requests[0].json(), { room: 'balcony' });
  assert.equal(new URL(requests[1].url).search, '?room=balcony');
});

test('at home the place is kept in the cookie, where no script can read it', async () => {
  Object.defineProperty(globalThis, 'location', { value: { origin: gateway.origin }, configurable: true });
  const tab = browser.tab();
  const requests = sent(tab);
  tab.around.storage.setItem(`stagedoor ${gateway.origin} main`, 'of a script');
  const line = open(tab);

  try {
    await line.join();
    await line.join();
    await line.leave();
  } finally {
    delete globalThis.location;
  }

  assert.deepEqual(requests.map(({ headers }) => headers.get('Queue-Token')), [null, null, null]);
  assert.equal(browser.storage.getItem(`stagedoor ${gateway.origin} main`), 'of a script');
});

test('is refused with the problem of the gateway', async () => {
  gateway.instead(JOIN, { status: 404, code: 'room-not-found' });

  const refusal = await open().join().catch((error) => error);

  assert.ok(refusal instanceof Refused);
  assert.equal(refusal.status, 404);
  assert.equal(refusal.code, 'room-not-found');
  assert.equal(refusal.retryAfter, undefined);
});

test('finds the queue under another prefix', async () => {
  const moved = await new Gateway('/.stagedoor').open();
  const line = new Line({ origin: moved.origin, prefix: '/.stagedoor/' }, browser.tab().around);

  const turn = line.turn();
  await moved.hears('GET /.stagedoor/events');
  moved.change({ state: 'ACTIVE' });
  await turn;
  await line.leave();

  assert.deepEqual(moved.asked, ['POST /.stagedoor/tokens', 'GET /.stagedoor/events', 'DELETE /.stagedoor/tokens/current']);
  await moved.close();
});

// ── waiting ─────────────────────────────────────────────────────────────────────────────────────

test('hears of the place by a stream, and is let in without asking', async () => {
  const line = open();
  const turn = line.turn();
  await next(line, 'status');
  await gateway.hears(LISTEN);

  gateway.change({ position: 2, ahead: 1 });
  assert.equal((await heard(line, 'status', ({ ahead }) => ahead === 1)).position, 2);
  gateway.change({ state: 'ACTIVE' });

  assert.equal((await turn).state, 'ACTIVE');
  assert.equal(line.status.state, 'ACTIVE');
  assert.equal(gateway.count(POLL), 0);
  assert.ok(browser.clock.isSilent);
});

test('asks where there are no streams, as often as the gateway says', async () => {
  gateway.noStreams = { status: 503, code: 'gateway-busy', after: 5 };
  const line = open();
  const turn = line.turn();
  await browser.clock.pause((millis) => millis === 1000);

  browser.clock.pass(1000);
  await gateway.hears(POLL);
  gateway.places.get('token-1').pollAfterMillis = 7000;
  await browser.clock.pause((millis) => millis === 1000);
  browser.clock.pass(1000);
  await browser.clock.pause((millis) => millis === 7000);
  gateway.change({ state: 'ACTIVE' });
  browser.clock.pass(7000);

  assert.equal((await turn).state, 'ACTIVE');
  assert.equal(gateway.count(POLL), 3);
  assert.equal(gateway.count(LISTEN), 1);
});

test('comes back when a stream that breaks has said', async () => {
  const line = open();
  const turn = line.turn();
  await heard(line, 'status', () => gateway.count(LISTEN) === 1);

  gateway.streams.get('token-1').forEach((stream) => stream.write('retry: 3456\n\n'));
  gateway.hangUp('token-1');
  gateway.change({ state: 'ACTIVE' });
  browser.clock.pass(await browser.clock.pause((millis) => millis < 20_000));

  assert.equal((await turn).state, 'ACTIVE');
  assert.equal(browser.clock.now(), 1_003_456);
});

test('a stream that says nothing any more is given up, and asking takes its place', async () => {
  const line = open();
  const turn = line.turn();
  await heard(line, 'status', () => gateway.count(LISTEN) === 1);

  gateway.streams.clear(); // still open, but mute
  gateway.change({ state: 'ACTIVE' });
  browser.clock.pass(25_000);

  assert.equal((await turn).state, 'ACTIVE');
  assert.equal(gateway.count(POLL), 1);
});

test('a stream that is given up is hung up, and opened again when it has had its time', async () => {
  const tab = browser.tab();
  const requests = sent(tab);
  const line = open(tab);
  line.turn().catch(() => {});
  await heard(line, 'status', () => gateway.count(LISTEN) === 1);
  gateway.streams.clear(); // still open, but mute
  gateway.change({ pollAfterMillis: 13_000 });
  const [stream] = requests.slice(-1);

  for (const millis of [25_000, 13_000]) {
    const told = next(line, 'status');
    browser.clock.pass(await browser.clock.pause((pause) => pause === millis));
    await told;
    assert.ok(stream.signal.aborted);
    assert.equal(requests.filter(({ url }) => url.includes('/events')).length, 1);
  }
  const told = next(line, 'status');
  browser.clock.pass(await browser.clock.pause((pause) => pause === 13_000));
  await told;

  assert.equal(requests.filter(({ url }) => url.includes('/events')).length, 2);
});

test('a stream that has broken off is opened again when it has had its time', async () => {
  const tab = browser.tab();
  const requests = sent(tab);
  const line = open(tab);
  line.turn().catch(() => {});
  await heard(line, 'status', () => gateway.count(LISTEN) === 1);
  gateway.hangUp('token-1');
  gateway.change({ pollAfterMillis: 13_000 });

  for (const [millis, streams] of [[1000, 1], [13_000, 1], [13_000, 2]]) {
    const told = next(line, 'status');
    browser.clock.pass(await browser.clock.pause((pause) => pause === millis));
    await told;
    assert.equal(requests.filter(({ url }) => url.includes('/events')).length, streams);
  }
});

test('a laptop that has slept through its turn goes in when it wakes', async () => {
  const tab = browser.tab();
  const line = open(tab);
  const turn = line.turn();
  await heard(line, 'status', () => gateway.count(LISTEN) === 1);

  gateway.streams.clear();
  gateway.change({ state: 'ACTIVE' });
  browser.clock.pass(3_600_000);

  assert.equal((await turn).state, 'ACTIVE');
});

test('a gateway that is started anew finds the line where it was', async () => {
  const line = open();
  const turn = line.turn();
  await heard(line, 'status', () => gateway.count(LISTEN) === 1);
  const away = next(line, 'away');

  await gateway.close();
  browser.clock.pass(await browser.clock.pause((millis) => millis === 1000));
  const { retryInMillis } = await away;
  assert.equal(retryInMillis, 4000);
  await gateway.open();
  const back = next(line, 'status');
  browser.clock.pass(await browser.clock.pause((millis) => millis === 4000));
  assert.equal((await back).position, 3);

  gateway.change({ state: 'ACTIVE' });
  browser.clock.pass(await browser.clock.pause((millis) => millis === 1000));
  await turn;
  assert.equal(gateway.count(JOIN), 1);
});

test('a limit is kept to, and never undercut', async () => {
  gateway.noStreams = { status: 503, code: 'gateway-busy' };
  gateway.instead(POLL, { status: 429, code: 'too-many-requests', after: 9 });
  const line = open();
  const turn = line.turn();
  const away = next(line, 'away');
  browser.clock.pass(await browser.clock.pause((millis) => millis === 1000));

  assert.deepEqual(await away, { code: 'too-many-requests', retryInMillis: 9000 * 1.125 });
  gateway.change({ state: 'ACTIVE' });
  browser.clock.pass(await browser.clock.pause((millis) => millis > 9000 && millis < 25_000));
  await turn;
});

test('whoever is not answered is told of no code', async () => {
  const tab = browser.tab();
  const asked = new Promise((resolve) => {
    tab.around.fetch = ({ signal }) => new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
      resolve();
    });
  });
  const line = open(tab);
  const away = next(line, 'away');
  line.turn().catch(() => {});
  await asked;

  browser.clock.pass(8000);

  assert.deepEqual(await away, { code: undefined, retryInMillis: 4000 });
});

test('a line that is closed or full is waited for', async () => {
  gateway.instead(JOIN, { status: 503, code: 'queue-full', after: 10 }, 'cut');
  const line = open();
  const turn = line.turn();

  assert.equal((await next(line, 'away')).code, 'queue-full');
  browser.clock.pass(await browser.clock.pause((millis) => millis > 10_000));
  assert.equal((await next(line, 'away')).code, undefined);
  browser.clock.pass(await browser.clock.pause((millis) => millis === 4000));
  await gateway.hears(LISTEN);
  gateway.change({ state: 'ACTIVE' });

  assert.equal((await turn).state, 'ACTIVE');
});

test('a proxy that speaks for the gateway is waited for, and ends no place', async () => {
  gateway.noStreams = { status: 502 };
  gateway.instead(JOIN, { status: 502 });
  gateway.instead(POLL, { status: 404 });
  const line = open();
  const turn = line.turn();

  await next(line, 'away');
  browser.clock.pass(await browser.clock.pause((millis) => millis === 4000));
  browser.clock.pass(await browser.clock.pause((millis) => millis === 1000));
  await next(line, 'away');
  gateway.change({ state: 'ACTIVE' });
  browser.clock.pass(await browser.clock.pause((millis) => millis === 4000));

  assert.equal((await turn).state, 'ACTIVE');
  assert.equal(gateway.count(JOIN), 2);
});

for (const status of [403, 404, 429]) {
  test(`a proxy that refuses with ${status} has not said that there can be no place`, async () => {
    gateway.instead(JOIN, { status });
    const line = open();
    const turn = line.turn();

    await next(line, 'away');
    browser.clock.pass(await browser.clock.pause((millis) => millis === 4000));
    await gateway.hears(LISTEN);
    gateway.change({ state: 'ACTIVE' });

    assert.equal((await turn).state, 'ACTIVE');
  });
}

for (const refusal of [{ status: 500, code: 'internal-error' }, { status: 429, code: 'too-many-places', after: 30 }]) {
  test(`what may be otherwise soon is waited for: ${refusal.code}`, async () => {
    gateway.instead(JOIN, refusal);
    const line = open();
    const turn = line.turn();

    assert.equal((await next(line, 'away')).code, refusal.code);
    browser.clock.pass(await browser.clock.pause((millis) => millis >= 4000));
    await gateway.hears(LISTEN);
    gateway.change({ state: 'ACTIVE' });

    assert.equal((await turn).state, 'ACTIVE');
  });
}

for (const [said, millis] of [[0, 4000], [undefined, 4000], [1, 500]]) {
  test(`asks no faster than anybody should where the gateway says ${said}`, async () => {
    gateway.noStreams = { status: 503, code: 'gateway-busy' };
    const line = open();
    line.turn().catch(() => {});
    await browser.clock.pause((pause) => pause === 1000);
    gateway.change({ pollAfterMillis: said });

    browser.clock.pass(1000);
    await next(line, 'status');

    assert.equal(await browser.clock.pause(), millis);
  });
}

/** Lets hold up the next answer to a tab, until what is given then is called. */
function holdingUp(tab) {
  let held;
  tab.around.fetch = async (request) => {
    const until = held;
    held = undefined;
    const answer = await fetch(request);
    const whole = until ? new Response(await answer.text(), answer) : answer;
    await until;
    return whole;
  };
  return () => {
    let letGo;
    held = new Promise((resolve) => { letGo = resolve; });
    return letGo;
  };
}

for (const old of [{ position: 9 }, { ended: 'queue-token-expired' }]) {
  test(`what an older question is answered with is not heard: ${Object.keys(old)}`, async () => {
    gateway.noStreams = { status: 503, code: 'gateway-busy' };
    const tab = browser.tab();
    const holdUp = holdingUp(tab);
    const line = open(tab);
    line.turn().catch(() => {});
    await browser.clock.pause((millis) => millis === 1000);

    gateway.change(old);
    const letGo = holdUp();
    browser.clock.pass(1000);
    await gateway.hears(POLL);
    gateway.change({ position: 2, ended: undefined });
    const told = next(line, 'status');
    tab.window.dispatchEvent(new Event('online'));
    browser.clock.pass(0);
    await told;
    letGo();
    await passedOnBetweenTabs();

    assert.equal(line.status.position, 2);
  });
}

for (const [after, millis] of [['9', 9000], ['0', 1000], ['31536000', 86_400_000], ['Infinity', 86_400_000], ['soon', undefined], [undefined, undefined]]) {
  test(`when to come back is said as ${after}`, async () => {
    gateway.instead(JOIN, { status: 503, code: 'queue-closed', after });

    await assert.rejects(open().join(), { retryAfter: millis });
  });
}

for (const [when, ahead, least] of [['an hour from now', 3_600_000, 3_500_000], ['an hour ago', -3_600_000, 1000]]) {
  test(`when to come back is said as a date, ${when}`, async () => {
    gateway.instead(JOIN, { status: 503, code: 'queue-closed', after: new Date(Date.now() + ahead).toUTCString() });

    await assert.rejects(open().join(), ({ retryAfter }) => retryAfter >= least && retryAfter <= Math.max(1000, ahead));
  });
}

test('a date is one by the clock of whoever names it', async () => {
  const [date, after] = [3_600_000, 3_605_000].map((ahead) => new Date(Date.now() + ahead).toUTCString());
  gateway.instead(JOIN, { status: 503, code: 'queue-closed', after, date });

  await assert.rejects(open().join(), { retryAfter: 5000 });
});

test('where there can be no place, the turn is refused', async () => {
  gateway.instead(JOIN, { status: 401, code: 'guests-not-allowed' });

  await assert.rejects(open().turn(), { name: 'Refused', code: 'guests-not-allowed' });
});

for (const code of ['queue-token-expired', 'queue-token-completed', 'queue-token-left']) {
  test(`an end is told with its reason: ${code}`, async () => {
    const line = open();
    const turn = line.turn();
    const ended = next(line, 'ended');
    await heard(line, 'status', () => gateway.count(LISTEN) === 1);

    gateway.end(code);

    await assert.rejects(turn, new LineEnded(code));
    assert.deepEqual(await ended, { code });
    assert.equal(line.status, undefined);
    assert.equal(browser.storage.getItem(`stagedoor ${gateway.origin} main`), null);
    assert.ok(browser.clock.isSilent);
  });
}

test('an end that a stream is refused with is told at once', async () => {
  gateway.noStreams = { status: 410, code: 'queue-token-expired' };
  const asks = browser.clock.pause((millis) => millis === 1000).then(() => assert.fail('asks instead'));

  await Promise.race([assert.rejects(open().turn(), { code: 'queue-token-expired' }), asks]);
});

test('what a stream that is hung up says is not heard', async () => {
  const tab = browser.tab();
  let stream;
  tab.around.fetch = async (request) => (request.url.includes('/events')
    ? new Response(new ReadableStream({ start(controller) { stream = controller; } })) : fetch(request));
  const line = open(tab);
  line.turn().catch(() => {});
  await browser.clock.pause((millis) => millis === 25_000);

  tab.window.dispatchEvent(new Event('offline'));
  stream.enqueue(new TextEncoder().encode('event: ended\ndata: {"code":"queue-token-left"}\n\n'));
  await passedOnBetweenTabs();

  assert.equal(line.status.position, 3);
});

test('an end that nobody told of is found by asking', async () => {
  gateway.noStreams = { status: 503, code: 'gateway-busy' };
  const turn = open().turn();
  await browser.clock.pause((millis) => millis === 1000);

  gateway.end('queue-token-expired');
  browser.clock.pass(1000);

  await assert.rejects(turn, { code: 'queue-token-expired' });
});

for (const [status, code] of [[404, 'room-not-found'], [401, 'queue-token-invalid']]) {
  test(`what has no answer any more is an end: ${code}`, async () => {
    gateway.noStreams = { status: 503, code: 'gateway-busy' };
    gateway.instead(POLL, { status, code });
    const line = open();
    const ended = next(line, 'ended');
    line.turn().catch(() => {});
    browser.clock.pass(await browser.clock.pause((millis) => millis === 1000));

    const asks = browser.clock.pause((millis) => millis === 4000).then(() => assert.fail('asks again'));
    assert.deepEqual(await Promise.race([ended, asks]), { code });
  });
}

test('whoever leaves gives the place back, and waits no longer', async () => {
  const line = open();
  const turn = line.turn();
  await gateway.hears(LISTEN);

  await Promise.all([assert.rejects(turn, { code: 'queue-token-left' }), line.leave()]);

  assert.equal(gateway.places.get('token-1').ended, 'queue-token-left');
  assert.ok(browser.clock.isSilent);
});

test('whoever has no place has left all the same', async () => {
  gateway.instead(`DELETE ${QUEUE}/tokens/current`, { status: 401, code: 'queue-token-missing' });

  await open().leave();
});

test('whoever leaves before there is a place does not get one when the line opens', async () => {
  gateway.instead(JOIN, { status: 503, code: 'queue-closed', after: 10 });
  const line = open();
  const turn = line.turn();
  await next(line, 'away');

  await Promise.all([assert.rejects(turn, { code: 'queue-token-left' }), line.leave()]);

  assert.ok(browser.clock.isSilent);
  assert.equal(gateway.places.size, 0);
});

test('whoever leaves while the place is taken gives it back', async () => {
  const line = open();
  const join = line.join();

  await line.leave();
  await join;

  assert.equal(gateway.places.get('token-1').ended, 'queue-token-left');
  assert.equal(line.status, undefined);
});

test('whoever queues again as soon as the place is over waits once', async () => {
  const line = open();
  const turn = line.turn();
  await gateway.hears(LISTEN);
  let again;
  line.on('ended', () => { again = line.turn(); });

  gateway.end('queue-token-expired');
  await assert.rejects(turn, { code: 'queue-token-expired' });
  await gateway.hears(LISTEN, 2);
  const same = line.turn();
  gateway.change({ state: 'ACTIVE' });

  assert.deepEqual((await Promise.all([again, same])).map(({ state }) => state), ['ACTIVE', 'ACTIVE']);
  assert.equal(gateway.count(JOIN), 2);
});

test('a place is left where the line is away, but not where the gateway has no time', async () => {
  const line = open();
  await line.join();
  gateway.instead(`DELETE ${QUEUE}/tokens/current`, { status: 503, code: 'gateway-busy', after: 1 }, { status: 503, code: 'queue-unavailable', after: 1 });

  await assert.rejects(line.leave(), { code: 'gateway-busy' });
  assert.equal(line.status.position, 3);
  await line.leave();
  assert.equal(line.status, undefined);
});

test('a browser that can store nothing keeps the place in the tab', async () => {
  const tab = browser.tab();
  tab.around.storage = { getItem: () => null, setItem: () => { throw new Error('full'); }, removeItem: () => { throw new Error('full'); } };
  const line = open(tab);

  const first = await line.join();
  const again = await line.join();
  await line.leave();

  assert.equal(again.sequence, first.sequence);
  assert.equal(gateway.places.get('token-1').ended, 'queue-token-left');
});

test('tabs that can store nothing have a place each, and leave each other alone', async () => {
  const asked = [];
  const full = () => { throw new Error('full'); };
  const tabs = [browser.tab(), browser.tab()];
  for (const { around } of tabs) {
    around.storage = { getItem: () => null, setItem: full, removeItem: full };
    around.fetch = (request) => { asked.push(`${request.method} ${new URL(request.url).pathname}`); return fetch(request); };
  }
  const waiting = tabs.map((tab) => open(tab));
  waiting.forEach((line) => { line.turn().catch(() => {}); });
  await gateway.hears(LISTEN, 2);

  const told = waiting.map((line) => heard(line, 'status', ({ waiting: all }) => all === 99));
  gateway.change({ waiting: 99 });
  await Promise.all(told);
  await passedOnBetweenTabs();
  browser.clock.pass(0);

  assert.deepEqual(asked.sort(), [LISTEN, LISTEN, JOIN, JOIN]);
});

test('where there is a storage in name only, the place is kept without', async () => {
  Object.defineProperty(globalThis, 'localStorage', { value: {}, configurable: true });
  const { storage, ...around } = browser.tab().around;

  const { position } = await open({ around }).join().finally(() => delete globalThis.localStorage);

  assert.equal(position, 3);
});

test('where data of sites are blocked, the place is kept without locks and other tabs', async () => {
  const denied = () => { throw new DOMException('denied', 'SecurityError'); };
  const browsers = { document: {}, navigator: { locks: { request: async () => denied() } }, BroadcastChannel: denied };
  const own = Object.keys(browsers).map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]);
  for (const [name, value] of Object.entries(browsers)) Object.defineProperty(globalThis, name, { value, configurable: true });
  const { alone, channel, ...around } = browser.tab().around;
  const line = open({ around });

  try {
    await line.join();
    line.watch();
    await gateway.hears(LISTEN);
  } finally {
    for (const [name, was] of own) was ? Object.defineProperty(globalThis, name, was) : delete globalThis[name];
  }

  assert.deepEqual(gateway.asked, [JOIN, LISTEN]);
});

test('where there are locks, a place is asked for once', async () => {
  const own = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
  Object.defineProperty(globalThis, 'navigator', { value: { locks: { request: async (_, act) => act() } }, configurable: true });
  const { alone, ...around } = browser.tab().around;

  try {
    await open({ around }).join();
  } finally {
    own ? Object.defineProperty(globalThis, 'navigator', own) : delete globalThis.navigator;
  }

  assert.deepEqual(gateway.asked, [JOIN]);
});

test('those whom one gateway has lost do not come back as one', async () => {
  gateway.instead(JOIN, 'cut');
  gateway.noStreams = { status: 503, code: 'gateway-busy' };
  const tab = browser.tab();
  tab.around.random = () => 0;
  open(tab).turn().catch(() => {});

  browser.clock.pass(await browser.clock.pause());
  assert.equal(browser.clock.now(), 1_003_000);
  assert.equal(await browser.clock.pause((millis) => millis < 25_000), 750);
});

test('events are read however they are cut, and what is none is passed over', async () => {
  const tab = browser.tab();
  let stream;
  tab.around.fetch = async (request) => (request.url.includes('/events')
    ? new Response(new ReadableStream({ start(controller) { stream = controller; } })) : fetch(request));
  const line = open(tab);
  line.turn().catch(() => {});
  await browser.clock.pause((millis) => millis === 25_000);

  for (const part of [': nothing\n\nevent: status\ndata: {"state":"WAITING","posi', 'tion":1,"sequence":1001}\n\n']) {
    stream.enqueue(new TextEncoder().encode(part));
    await passedOnBetweenTabs();
  }

  assert.equal(line.status.position, 1);
});

test('can be made where pages are only written, and asks nothing there', async () => {
  const line = new Line();
  await import('../element.js');

  assert.equal(line.status, undefined);
  await assert.rejects(line.join(), TypeError);
});

test('whoever closes hears nothing more and keeps the place', async () => {
  const tab = browser.tab();
  const line = open(tab);
  const turn = line.turn();
  await gateway.hears(LISTEN);

  line.close();
  tab.window.dispatchEvent(new Event('online'));

  await assert.rejects(turn, { name: 'AbortError' });
  assert.ok(browser.clock.isSilent);
  assert.equal(gateway.places.get('token-1').ended, undefined);
  gateway.change({ state: 'ACTIVE' });
  assert.equal((await line.turn()).sequence, 1001);
});

for (const refusal of [undefined, { status: 503, code: 'queue-closed', after: 10 }]) {
  test(`whoever closes while a place is asked for hears nothing more: ${refusal?.code}`, async () => {
    if (refusal) gateway.instead(JOIN, refusal);
    const tab = browser.tab();
    const asked = [];
    tab.around.fetch = (request) => { asked.push(request.url); line.close(); return fetch(request); };
    const line = open(tab);
    const away = [];
    line.on('away', (told) => away.push(told));

    await assert.rejects(line.turn(), { name: 'AbortError' });

    assert.equal(asked.length, 1);
    assert.deepEqual(away, []);
    assert.ok(browser.clock.isSilent);
  });
}

test('whoever closes while it is asked how the place is hears nothing more', async () => {
  gateway.noStreams = { status: 503, code: 'gateway-busy' };
  const tab = browser.tab();
  const holdUp = holdingUp(tab);
  const line = open(tab);
  line.turn().catch(() => {});
  await browser.clock.pause((millis) => millis === 1000);

  const letGo = holdUp();
  browser.clock.pass(1000);
  await gateway.hears(POLL);
  line.close();
  letGo();
  await passedOnBetweenTabs();

  assert.ok(browser.clock.isSilent);
});

test('whoever gives up waiting leaves the others waiting', async () => {
  const line = open();
  const patient = line.turn();
  const giveUp = new AbortController();
  const impatient = line.turn({ signal: giveUp.signal });
  await gateway.hears(LISTEN);

  giveUp.abort();
  await assert.rejects(impatient, { name: 'AbortError' });
  gateway.change({ state: 'ACTIVE' });

  assert.equal((await patient).state, 'ACTIVE');
  assert.equal(gateway.count(JOIN), 1);
});

test('whoever has given up before does not wait, and nothing of it is left', async () => {
  const line = open();
  const waits = gateway.hears(LISTEN).then(() => assert.fail('waits'));
  await assert.rejects(Promise.race([line.turn({ signal: AbortSignal.abort() }), waits]), { name: 'AbortError' });

  const { signal } = new AbortController();
  const turn = line.turn({ signal });
  await gateway.hears(LISTEN);
  gateway.change({ state: 'ACTIVE' });
  await turn;
  await passedOnBetweenTabs();

  assert.equal(getEventListeners(signal, 'abort').length, 0);
});

test('whoever begins to listen anew while they are told hears it once', async () => {
  const line = open();
  let heard = 0;
  let off = () => {};
  const listen = () => { off(); off = line.on('status', () => { heard++; if (heard < 3) listen(); }); };
  listen();

  await line.join();

  assert.equal(heard, 1);
});

test('a listener that fails takes nothing from the others', async () => {
  const line = open();
  const thrown = once(process, 'uncaughtException');
  const own = process.listeners('uncaughtException').slice(0, -1);
  own.forEach((listener) => process.off('uncaughtException', listener));
  line.on('status', () => { throw new Error('mine'); });
  const told = next(line, 'status');

  await line.join();

  assert.equal((await told).position, 3);
  assert.equal((await thrown)[0].message, 'mine');
  own.forEach((listener) => process.on('uncaughtException', listener));
});

// ── tabs ────────────────────────────────────────────────────────────────────────────────────────

test('a hidden tab hangs up, asks seldom, and catches up when it is looked at', async () => {
  const tab = browser.tab();
  const requests = sent(tab);
  const line = open(tab);
  const turn = line.turn();
  await heard(line, 'status', () => gateway.count(LISTEN) === 1);

  tab.page.isHidden(true);
  browser.clock.pass(0);
  await gateway.hears(POLL, 1);
  assert.equal(await browser.clock.pause((millis) => millis > 0 && millis < 25_000), 20_000);
  browser.clock.pass(19_999);
  gateway.change({ state: 'ACTIVE' });
  assert.equal(gateway.count(POLL), 1);
  tab.page.isHidden(false);
  browser.clock.pass(0);

  assert.equal((await turn).state, 'ACTIVE');
  assert.equal(gateway.count(POLL), 2);
  assert.equal(requests.filter(({ url }) => url.includes('/events')).length, 1);
});

test('a hidden tab asks no oftener than one that is looked at', async () => {
  const tab = browser.tab();
  tab.page.hidden = true;
  const line = open(tab);
  await line.join();
  gateway.change({ pollAfterMillis: 30_000 });
  line.watch();

  const told = next(line, 'status');
  browser.clock.pass(0);
  await told;

  assert.equal(await browser.clock.pause(), 30_000);
});

test('a hidden tab asks nothing as long as another one hears', async () => {
  const seen = open();
  const tab = browser.tab();
  const hidden = open(tab);
  await hidden.join();
  tab.page.hidden = true;
  const turns = [seen.turn()];
  await gateway.hears(LISTEN);
  turns.push(hidden.turn());
  await browser.clock.pause((millis) => millis === 0);
  browser.clock.pass(0);
  await browser.clock.pause((millis) => millis === 20_000);
  const asked = gateway.count(POLL);

  for (let i = 0; i < 5; i++) {
    browser.clock.pass(15_000);
    gateway.change({ waiting: 10 + i });
    await heard(hidden, 'status', ({ waiting }) => waiting === 10 + i);
  }
  gateway.change({ state: 'ACTIVE' });

  assert.deepEqual((await Promise.all(turns)).map(({ state }) => state), ['ACTIVE', 'ACTIVE']);
  assert.equal(gateway.count(POLL), asked);
});

test('a tab that is looked at asks as often as it should, whatever a hidden one hears', async () => {
  gateway.noStreams = { status: 503, code: 'gateway-busy' };
  const seen = open();
  seen.turn().catch(() => {});
  await browser.clock.pause((millis) => millis === 1000);
  const tab = browser.tab();
  tab.page.hidden = true;
  const hidden = open(tab);
  hidden.watch();

  browser.clock.pass(0);
  await next(hidden, 'status');

  assert.equal(await browser.clock.pause((millis) => ![1000, 20_000].includes(millis)), 2000);
});

test('a tab that has a stream keeps it, whatever another one tells', async () => {
  const tab = browser.tab();
  const requests = sent(tab);
  const line = open(tab);
  line.turn().catch(() => {});
  await heard(line, 'status', () => gateway.count(LISTEN) === 1);
  for (const more of [4, 5]) {
    browser.clock.pass(15_000);
    gateway.change({ waiting: more });
    await heard(line, 'status', ({ waiting }) => waiting === more);
  }
  const another = new BroadcastChannel(`stagedoor ${gateway.origin} main`);
  another.postMessage({ ...line.status, waiting: 99 });
  another.close();

  const told = heard(line, 'status', ({ waiting }) => waiting !== 99);
  browser.clock.pass(await browser.clock.pause((millis) => millis === 2000));
  await told;

  const streams = requests.filter(({ url }) => url.includes('/events'));
  assert.deepEqual(streams.map(({ signal }) => signal.aborted), [false]);
});

test('what a tab tells of another place is not believed, but asked about', async () => {
  const line = open();
  line.turn().catch(() => {});
  await heard(line, 'status', () => gateway.count(LISTEN) === 1);
  const another = new BroadcastChannel(`stagedoor ${gateway.origin} main`);
  another.postMessage({ ...line.status, sequence: 7 });
  another.close();

  await Promise.race([browser.clock.pause((millis) => millis === 0), next(line, 'status')]);

  assert.equal(line.status.sequence, 1001);
});

test('a tab that has heard nothing yet believes another one', async () => {
  const tab = browser.tab();
  tab.page.hidden = true;
  const line = open(tab);
  line.watch();
  const another = new BroadcastChannel(`stagedoor ${gateway.origin} main`);
  another.postMessage({ state: 'WAITING', sequence: 7, pollAfterMillis: 1000 });
  another.close();
  await passedOnBetweenTabs();

  assert.equal(line.status?.sequence, 7);
});

test('a place that another tab has taken meanwhile is that of all', async () => {
  const [one, other] = [open(), open()];
  await one.join();
  await other.join();
  gateway.end('queue-token-expired');

  const again = await one.join();

  assert.equal((await other.join()).sequence, again.sequence);
});

test('whoever watches twice watches once', async () => {
  const tab = browser.tab();
  const channels = [];
  tab.around.channel = (name) => { channels.push(name); return new BroadcastChannel(name); };
  const line = open(tab);
  await line.join();

  line.watch();
  line.watch();

  assert.equal(channels.length, 1);
});

for (const [event, persisted, at, wakes] of [['resume', undefined, 'page', true], ['pageshow', true, 'window', true], ['pageshow', false, 'window', false]]) {
  test(`a stream is ${wakes ? '' : 'not '}hung up by ${event}, persisted ${persisted}`, async () => {
    const tab = browser.tab();
    const requests = sent(tab);
    const line = open(tab);
    line.turn().catch(() => {});
    await heard(line, 'status', () => gateway.count(LISTEN) === 1);

    tab[at].dispatchEvent(Object.assign(new Event(event), { persisted }));

    assert.equal(requests.at(-1).signal.aborted, wakes);
  });
}

test('back on the net a stream is tried at once', async () => {
  gateway.noStreams = { status: 503, code: 'gateway-busy' };
  const tab = browser.tab();
  const requests = sent(tab);
  const line = open(tab);
  line.turn().catch(() => {});
  await browser.clock.pause((millis) => millis === 1000);

  tab.window.dispatchEvent(new Event('online'));
  const told = next(line, 'status');
  browser.clock.pass(0);
  await told;

  assert.equal(requests.filter(({ url }) => url.includes('/events')).length, 2);
});

test('off the net it says so at once, and back on it catches up', async () => {
  const tab = browser.tab();
  const requests = sent(tab);
  const line = open(tab);
  const turn = line.turn();
  await heard(line, 'status', () => gateway.count(LISTEN) === 1);
  const away = next(line, 'away');

  tab.window.dispatchEvent(new Event('offline'));
  assert.equal((await away).code, undefined);
  assert.ok(requests.at(-1).signal.aborted);
  gateway.change({ state: 'ACTIVE' });
  tab.window.dispatchEvent(new Event('online'));
  browser.clock.pass(0);

  assert.equal((await turn).state, 'ACTIVE');
});

test('one tab leaves, and the other one is told', async () => {
  const staying = open();
  const leaving = open();
  const turn = staying.turn();
  await heard(staying, 'status', () => gateway.count(LISTEN) === 1);
  leaving.watch();
  await heard(leaving, 'status', () => true);

  await leaving.leave();
  await browser.clock.pause((millis) => millis === 0);
  browser.clock.pass(0);

  await assert.rejects(turn, { code: 'queue-token-left' });
});

test('who queues again in one tab while another one still asks for the old place keeps the new one', async () => {
  const [tab, behind] = [browser.tab(), browser.tab()];
  let again;
  const askedForTheOld = new Promise((resolve) => {
    behind.around.fetch = async (request) => { const answer = await fetch(request); if (again) resolve(); await again; return answer; };
  });
  tab.around.fetch = async (request) => { if (again) await askedForTheOld; return fetch(request); };
  const one = open(tab);
  const other = open(behind);
  await one.join();
  await other.join();
  one.watch();
  await gateway.hears(LISTEN);
  behind.page.hidden = true;
  other.watch();
  const ended = next(other, 'ended');

  one.on('ended', () => { again = one.join(); });
  gateway.end('queue-token-expired');
  await next(one, 'ended');
  browser.clock.pass(0);
  await ended;

  assert.equal((await open().join()).sequence, (await again).sequence);
});

// ── behind the gate ─────────────────────────────────────────────────────────────────────────────

test('a call joins, waits, and is made when it is the turn', async () => {
  const answer = open().fetch('/api/v1/tickets');
  await gateway.hears(LISTEN);

  gateway.change({ state: 'ACTIVE' });

  assert.equal((await (await answer).json()).path, '/api/v1/tickets');
  assert.deepEqual(gateway.asked, ['GET /api/v1/tickets', JOIN, LISTEN, 'GET /api/v1/tickets']);
});

test('five calls at once join once', async () => {
  const line = open();
  const answers = Promise.all([1, 2, 3, 4, 5].map((n) => line.fetch(`/n/${n}`)));
  await gateway.hears(LISTEN);

  gateway.change({ state: 'ACTIVE' });

  assert.deepEqual((await answers).map(({ status }) => status), [200, 200, 200, 200, 200]);
  assert.equal(gateway.count(JOIN), 1);
});

test('what changes something without a key waits for the turn, and is sent once, whatever comes', async () => {
  gateway.instead('POST /buy', { status: 503, code: 'booking-busy', after: 1 });
  const answer = open().fetch('/buy', { method: 'POST', body: 'two seats' });
  await gateway.hears(LISTEN);
  assert.equal(gateway.count('POST /buy'), 0);

  gateway.change({ state: 'ACTIVE' });

  assert.equal((await answer).status, 503);
  assert.equal(gateway.count('POST /buy'), 1);
});

test('what is not sent again tells all the same that the turn is over', async () => {
  const line = open();
  await line.join();
  gateway.change({ state: 'ACTIVE' });
  await line.turn();
  gateway.end('queue-token-expired');
  assert.equal((await line.fetch('/buy', { method: 'POST' })).status, 401);

  const answer = line.fetch('/buy', { method: 'POST' });
  await Promise.race([answer, gateway.hears(LISTEN)]);
  gateway.change({ state: 'ACTIVE' });

  assert.equal((await answer).status, 200);
});

test('nothing without a key is sent again after a broken connection', async () => {
  const line = open();
  await line.join();
  gateway.change({ state: 'ACTIVE' });
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
    gateway.instead(`${method} /buy`, 'cut');
    await assert.rejects(line.fetch('/buy', { method }), TypeError);
    assert.equal(gateway.count(`${method} /buy`), 1);
  }
});

test('under a key it is sent again, with the same body, through refusals and broken connections', async () => {
  const line = open();
  await line.join();
  gateway.change({ state: 'ACTIVE' });
  gateway.instead('POST /buy', { status: 503, code: 'booking-busy', after: 2 }, 'cut', { status: 409, code: 'one-at-a-time', after: 1 });

  const answer = line.fetch('/buy', { method: 'POST', body: 'two seats', headers: { 'Idempotency-Key': 'k' } });
  browser.clock.pass(await browser.clock.pause((millis) => millis === 2250));
  browser.clock.pass(await browser.clock.pause((millis) => millis >= 1000 && millis < 1500));
  browser.clock.pass(await browser.clock.pause((millis) => millis === 1500)); // a thousand who lost one seat do not come back as one

  assert.equal((await (await answer).json()).body, 'two seats');
  assert.equal(gateway.count('POST /buy'), 4);
});

test('after five tries the answer is what it is', async () => {
  const line = open();
  await line.join();
  gateway.change({ state: 'ACTIVE' });
  gateway.instead('GET /busy', ...Array(6).fill({ status: 429, code: 'too-many-requests', after: 1 }));

  const answer = line.fetch('/busy');
  for (let i = 0; i < 4; i++) browser.clock.pass(await browser.clock.pause());

  assert.equal((await answer).status, 429);
  assert.equal(gateway.count('GET /busy'), 5);
});

test('an answer that is an answer is handed on at once', async () => {
  const line = open();
  await line.join();
  gateway.change({ state: 'ACTIVE' });
  gateway.instead('GET /a', { status: 404, code: 'not-found' });
  gateway.instead('GET /b', { status: 409, code: 'seat-taken' });
  gateway.instead('GET /c', { status: 503, code: 'closed-for-today', after: 3600 });

  assert.equal((await line.fetch('/a')).status, 404);
  assert.equal((await line.fetch('/b')).status, 409);
  assert.equal((await line.fetch('/c')).status, 503);
});

test('whose session has run out queues again', async () => {
  const line = open();
  await line.join();
  gateway.change({ state: 'ACTIVE' });
  await line.turn();
  gateway.end('queue-token-expired');

  const answer = line.fetch('/api/v1/tickets');
  await gateway.hears(LISTEN);
  gateway.change({ state: 'ACTIVE' });

  assert.equal((await answer).status, 200);
  assert.equal(gateway.places.size, 2);
});

test('waits elsewhere where it is told to', async () => {
  const codes = [];
  const line = open(undefined, { elsewhere: async (code) => { codes.push(code); return 'gone'; } });

  assert.equal(await line.fetch('/api/v1/tickets'), 'gone');
  assert.equal(await line.fetch('/buy', { method: 'POST' }), 'gone');
  assert.deepEqual(codes, ['queue-token-missing', 'queue-token-missing']);
  assert.equal(gateway.count(JOIN), 0);
});

for (const [code, isElsewhere] of [['queue-closed', true], ['queue-unavailable', false]]) {
  test(`waits ${isElsewhere ? 'elsewhere' : 'here'} where the gate says ${code}`, async () => {
    const line = open(undefined, { elsewhere: async () => 'gone' });
    gateway.instead('GET /a', { status: 503, code, after: 3600 });

    assert.equal(await line.fetch('/a') === 'gone', isElsewhere);
  });
}

for (const status of [502, 504]) {
  test(`what only looks looks again where the site is away: ${status}`, async () => {
    const line = open();
    await line.join();
    gateway.change({ state: 'ACTIVE' });
    gateway.instead('GET /a', { status });

    const answer = line.fetch('/a');
    await Promise.race([answer, browser.clock.pause()]);
    browser.clock.pass(2000);

    assert.equal((await answer).status, 200);
  });
}

test('where the gate is closed for a while a call waits as long as it says', async () => {
  const line = open();
  await line.join();
  gateway.change({ state: 'ACTIVE' });
  gateway.instead('GET /a', { status: 503, code: 'queue-closed', after: 10 });

  const answer = line.fetch('/a');
  browser.clock.pass(await browser.clock.pause());

  assert.equal((await answer).status, 200);
  assert.equal(browser.clock.now(), 1_000_000 + 10_000 * 1.125);
});

test('a call that is given up on its way is nothing that is away', async () => {
  const tab = browser.tab();
  const giveUp = new AbortController();
  tab.around.fetch = (request) => { giveUp.abort(); return fetch(request); };
  const line = open(tab);
  const away = [];
  line.on('away', (told) => away.push(told));

  await assert.rejects(line.fetch('/a', { signal: giveUp.signal }), { name: 'AbortError' });

  assert.deepEqual(away, []);
});

test('a call that is given up while it pauses ends at once', async () => {
  const giveUp = new AbortController();
  gateway.instead('GET /a', { status: 503, code: 'booking-busy', after: 10 });
  const answer = open().fetch('/a', { signal: giveUp.signal });
  await browser.clock.pause();

  giveUp.abort();

  await assert.rejects(answer, { name: 'AbortError' });
});

test('a call that is given up is given up while it waits', async () => {
  const giveUp = new AbortController();
  const answer = open().fetch('/api/v1/tickets', { signal: giveUp.signal });
  await gateway.hears(LISTEN);

  giveUp.abort();

  await assert.rejects(answer, { name: 'AbortError' });
});

test('the token goes to no other site', async () => {
  const line = open();
  await line.join();

  await assert.rejects(line.fetch('http://127.0.0.1:9/'), TypeError);
});

// ── what it weighs ──────────────────────────────────────────────────────────────────────────────

test('is smaller than 5 kB as it travels', () => {
  const bytes = gzipSync(readFileSync(new URL('../line.js', import.meta.url)), { level: 9 }).length;

  assert.ok(bytes <= 5000, `${bytes} bytes`);
});
