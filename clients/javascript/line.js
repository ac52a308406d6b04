// A place in a line of Stagedoor, kept by a page. What each method promises stands in line.d.ts.

const PATIENCE = 8_000; // with an answer
const LONGEST_SILENCE = 25_000; // a stream says something every 15 s
const UNSEEN = 20_000; // nobody looks: often enough to be let in and to keep the place
const LONGEST_PAUSE = 60_000; // for which a call waits by itself
const TRIES = 5;
const SAFE = ['GET', 'HEAD', 'OPTIONS'];

export class Refused extends Error {
  constructor(answer, problem) {
    super(problem.title ?? `HTTP ${answer.status}`);
    this.name = 'Refused';
    this.status = answer.status;
    this.code = problem.code ?? 'internal-error';
    this.problem = problem;
    this.retryAfter = retryAfter(answer);
  }
}

export class LineEnded extends Error {
  constructor(code) {
    super(`the place in line is over: ${code}`);
    this.name = 'LineEnded';
    this.code = code;
  }
}

/** What is around a line; tests give another one. */
const around = () => ({
  fetch: globalThis.fetch.bind(globalThis),
  now: Date.now,
  random: Math.random,
  after(millis, act) {
    const timer = setTimeout(act, millis);
    return () => clearTimeout(timer);
  },
  page: globalThis.document ?? {},
  window: globalThis.window,
  storage: ifAllowed(() => localStorage.getItem && localStorage), // Node has one in name only
  alone,
  channel: (name) => ifAllowed(() => globalThis.document && new BroadcastChannel(name)),
});

function ifAllowed(get) {
  try {
    return get();
  } catch {
    return undefined; // forbidden to this page, or there is none
  }
}

/** Where locks are forbidden, without one. */
async function alone(name, act) {
  let acting;
  const once = () => acting ??= act();
  await globalThis.navigator?.locks?.request(name, once).catch(() => {});
  return once();
}

export class Line {
  status;
  #room;
  #prefix;
  #token;
  #options;
  #world;
  #listeners = { status: new Set(), ended: new Set(), away: new Set() };
  #life = new AbortController();
  #activeUntil = 0;
  #turning;

  #watching; // ends with the watch
  #channel;
  #stream;
  #asking;
  #cancel = () => {};
  #heardAt = 0;
  #streamAgainAt = 0;

  constructor(options = {}, world = {}) {
    this.#options = options;
    this.#world = { ...around(), ...world };
    this.#room = encodeURIComponent(options.room ?? 'main');
    this.#prefix = (options.prefix ?? '/api/v1/queue').replace(/\/$/, '');
  }

  // ── what a page does ──────────────────────────────────────────────────────────────────────────

  on(event, act) {
    this.#listeners[event].add(act);
    return () => this.#listeners[event].delete(act);
  }

  async join() {
    return this.#world.alone(this.#name, () => this.#join());
  }

  turn({ signal } = {}) {
    if (this.#isActive) return Promise.resolve(this.status);
    const turning = this.#turning ??= this.#waitForTurn(this.#life.signal).finally(() => { if (this.#turning === turning) this.#turning = undefined; });
    return unless(signal, turning);
  }

  async fetch(input, init) {
    const request = new Request(input instanceof Request ? input : new URL(input, this.#url), init);
    if (new URL(request.url).origin !== this.#url.origin) throw new TypeError('not behind this line');
    const mayRepeat = SAFE.includes(request.method) || request.headers.has('Idempotency-Key');
    if (!mayRepeat && !this.#options.elsewhere) await this.turn(request);
    return this.#try(request, mayRepeat ? TRIES : 1);
  }

  async leave() {
    return this.#world.alone(this.#name, () => this.#leave());
  }

  watch() {
    if (this.#watching) return;
    this.#watching = new AbortController();
    if (!this.#token || this.#token === this.#stored()) this.#channel = this.#world.channel(this.#name);
    const { page, window } = this.#world;
    const wake = ({ persisted }) => { if (persisted !== false) this.#wake(); };
    const heard = { signal: this.#watching.signal };
    for (const event of ['visibilitychange', 'resume']) page.addEventListener?.(event, wake, heard);
    for (const event of ['online', 'pageshow']) window?.addEventListener(event, wake, heard);
    window?.addEventListener('offline', () => this.#offline(), heard);
    this.#channel?.addEventListener('message', ({ data }) => this.#toldByAnotherTab(data), heard);
    this.#listen();
    this.#askAfter(page.hidden ? 0 : LONGEST_SILENCE);
  }

  close() {
    this.#rest();
    this.#giveUp();
  }

  // ── the place ─────────────────────────────────────────────────────────────────────────────────

  get #url() {
    return new URL(this.#options.origin ?? globalThis.location?.origin);
  }

  get #name() {
    return `stagedoor ${this.#url.origin} ${this.#room}`;
  }

  /** A browser keeps the cookie of its own site, where no script can read it; no other site gets one. */
  get #keepsToken() {
    return this.#url.origin !== globalThis.location?.origin;
  }

  get #isActive() {
    return this.status?.state === 'ACTIVE' && this.#world.now() < this.#activeUntil;
  }

  async #join() {
    const access = await this.#options.accessToken?.();
    const headers = { 'Content-Type': 'application/json', ...(access && { Authorization: `Bearer ${access}` }) };
    const { token, ...status } = await read(await this.#ours('POST', 'tokens', { headers, body: JSON.stringify({ room: this.#room }) }));
    this.#keep(token);
    this.#tell(status);
    return status;
  }

  async #leave() {
    const answer = await this.#ours('DELETE', `tokens/current?room=${this.#room}`);
    const error = !answer.ok && await refused(answer);
    if (error && error.status !== 401 && error.code !== 'queue-unavailable') throw error;
    this.#end('queue-token-left');
  }

  async #waitForTurn(signal) {
    for (;;) {
      try {
        const status = await this.join();
        if (status.state === 'ACTIVE') return status;
        break;
      } catch (error) {
        signal.throwIfAborted();
        if (error.problem?.code && error.retryAfter === undefined && error.status < 500) throw error;
        await this.#pause(this.#away(error), signal);
      }
    }
    signal.throwIfAborted();
    let off;
    const turn = new Promise((resolve) => {
      off = this.on('status', (status) => { if (status.state === 'ACTIVE') resolve(status); });
    });
    this.watch();
    return unless(signal, turn).finally(off);
  }

  #giveUp(reason) {
    this.#turning = undefined;
    this.#life.abort(reason);
    this.#life = new AbortController();
  }

  #tell(status) {
    this.#channel?.postMessage(status);
    this.#take(status);
  }

  #take(status) {
    this.status = status;
    this.#heardAt = this.#world.now();
    this.#activeUntil = this.#heardAt + 1000 * (status.remainingSeconds ?? 0);
    if (status.state === 'ACTIVE') this.#rest();
    this.#emit('status', status);
  }

  #end(code) {
    this.#channel?.postMessage(null);
    this.#rest();
    this.#keep();
    this.status = undefined;
    this.#giveUp(new LineEnded(code));
    this.#emit('ended', { code });
  }

  /** @returns in how many milliseconds to try again, which those who listen are told */
  #away(error) {
    const retryInMillis = error.retryAfter === undefined ? this.#about(4000) : error.retryAfter * (1 + this.#world.random() / 4);
    this.#emit('away', { code: typeof error.code === 'string' ? error.code : undefined, retryInMillis }); // an AbortError has a number
    return retryInMillis;
  }

  #emit(event, told) {
    for (const act of [...this.#listeners[event]]) {
      try {
        act(told);
      } catch (error) {
        queueMicrotask(() => { throw error; }); // theirs, and no reason to lose a place
      }
    }
  }

  #stored() {
    return this.#keepsToken ? this.#world.storage?.getItem(this.#name) : undefined;
  }

  #keep(token) {
    if (!this.#keepsToken) return;
    try {
      if (token) this.#world.storage?.setItem(this.#name, token);
      else if (this.#stored() === this.#token) this.#world.storage?.removeItem(this.#name);
    } catch {
      // full: this tab alone keeps it
    }
    this.#token = token;
  }

  // ── how it is heard of ────────────────────────────────────────────────────────────────────────

  async #listen() {
    if (this.#stream || !this.#watching || this.#world.page.hidden || this.#world.now() < this.#streamAgainAt) return;
    const stream = this.#stream = new AbortController();
    let again = this.#about(1000);
    try {
      const headers = { Accept: 'text/event-stream' };
      const answer = await this.#send(new Request(this.#address(`events?room=${this.#room}`), { headers, cache: 'no-store', signal: stream.signal }));
      if (!answer.ok) throw await refused(answer);
      for await (const [event, data] of events(answer.body)) {
        if (stream !== this.#stream) return;
        if (event === 'retry') again = data;
        this.#askAfter(LONGEST_SILENCE);
        if (event === 'status') this.#tell(data);
        if (event === 'ended') this.#end(data.code);
      }
      throw new Error('broken off');
    } catch (error) {
      if (stream !== this.#stream) return;
      this.#askInstead();
      if (isOver(error)) this.#end(error.code);
      else this.#askAfter(again);
    }
  }

  async #ask() {
    if (this.#stream && this.#world.now() - this.#heardAt >= LONGEST_SILENCE) this.#askInstead();
    const asking = this.#asking = {}; // the answer to an older question is none
    try {
      const status = await read(await this.#ours('GET', `tokens/current?room=${this.#room}`));
      if (asking !== this.#asking) return;
      const next = Math.max(500, status.pollAfterMillis || 4000);
      this.#askAfter(this.#world.page.hidden ? Math.max(UNSEEN, next) : next);
      this.#tell(status);
      this.#listen();
    } catch (error) {
      if (asking !== this.#asking) return;
      if (isOver(error)) this.#end(error.code);
      else this.#askAfter(this.#away(error));
    }
  }

  #askAfter(millis) {
    this.#cancel();
    this.#cancel = this.#world.after(millis, () => this.#ask());
  }

  #askInstead() {
    this.#hangUp();
    this.#streamAgainAt = this.#world.now() + LONGEST_SILENCE;
  }

  #hangUp() {
    const stream = this.#stream;
    this.#stream = undefined;
    stream?.abort();
  }

  /** After sleep, in the background, or off the net, nothing that was said before counts. */
  #wake() {
    this.#hangUp();
    this.#streamAgainAt = 0;
    this.#askAfter(0);
  }

  /** A stream may look open for long after the net has gone; to ask fails at once. */
  #offline() {
    this.#askInstead();
    this.#askAfter(this.#away({}));
  }

  /** What one tab hears the others need not ask; one that nobody looks at hears seldom. */
  #toldByAnotherTab(status) {
    if (status && (this.status?.sequence ?? status.sequence) === status.sequence) {
      this.#askAfter(this.#world.page.hidden ? LONGEST_SILENCE : 2 * status.pollAfterMillis);
      this.#take(status);
    } else {
      this.#wake();
    }
  }

  #rest() {
    this.#watching?.abort();
    this.#watching = undefined;
    this.#cancel();
    this.#hangUp();
    this.#asking = undefined;
    this.#channel?.close();
    this.#channel = undefined;
  }

  // ── calls ─────────────────────────────────────────────────────────────────────────────────────

  async #try(request, tries) {
    for (let left = tries; ; left--) {
      let pause;
      try {
        const answer = await this.#send(left > 1 ? request.clone() : request);
        const { code } = [401, 429, 503].includes(answer.status) ? await problemOf(answer.clone()) : {};
        const isTurnedAway = /^queue-(token-|waiting|closed)/.test(code);
        if (isTurnedAway && this.#options.elsewhere) return this.#options.elsewhere(code);
        pause = isTurnedAway && answer.status !== 503 ? 0 : pauseAfter(answer);
        if (pause === 0) this.#activeUntil = 0; // whatever was thought
        if (left === 1 || !(pause <= LONGEST_PAUSE)) return answer;
        if (pause > 0) pause = answer.status === 409 ? pause * (1 + this.#world.random()) : this.#away({ code, retryAfter: pause });
      } catch (error) {
        if (left === 1 || request.signal.aborted) throw error;
        pause = this.#away({ retryAfter: 1000 });
      }
      if (pause > 0) await this.#pause(pause, request.signal);
      else await this.turn(request);
    }
  }

  #address(path) {
    return new URL(`${this.#prefix}/${path}`, this.#url);
  }

  #send(request) {
    const token = this.#token = this.#stored() ?? this.#token;
    if (token) request.headers.set('Queue-Token', token);
    return this.#world.fetch(request);
  }

  /** A call of the queue itself: answered soon, or not at all. */
  async #ours(method, path, init) {
    const call = new AbortController();
    const cancel = this.#world.after(PATIENCE, () => call.abort());
    try {
      const headers = { Accept: 'application/json', ...init?.headers };
      const answer = await this.#send(new Request(this.#address(path), { ...init, method, headers, cache: 'no-store', signal: call.signal }));
      return new Response(answer.status === 204 ? null : await answer.text(), answer);
    } finally {
      cancel();
    }
  }

  // So that all whom one gateway has lost do not ask the next one at the same instant.
  #about(millis) {
    return millis * (0.75 + this.#world.random() / 2);
  }

  #pause(millis, signal) {
    let cancel;
    return unless(signal, new Promise((resolve) => { cancel = this.#world.after(millis, resolve); })).finally(() => cancel());
  }
}

// ── what is read ────────────────────────────────────────────────────────────────────────────────

// Only where the queue says so, by a code: a proxy may have an answer of its own.
const isOver = (error) => error.problem?.code && [401, 404, 410].includes(error.status);

const problemOf = (answer) => answer.json().catch(() => ({}));
const refused = async (answer) => new Refused(answer, await problemOf(answer));

async function read(answer) {
  if (answer.ok) return answer.json();
  throw await refused(answer);
}

/** No longer than timers count: they end at once otherwise. */
function retryAfter(answer) {
  const said = answer.headers.get('Retry-After') ?? NaN;
  const millis = said >= 0 ? 1000 * said : new Date(said) - new Date(answer.headers.get('Date') ?? new Date());
  return isNaN(millis) ? undefined : Math.min(Math.max(1000, millis), 86_400_000);
}

/** @returns milliseconds; undefined where this answer is the answer */
function pauseAfter(answer) {
  if ([429, 502, 503, 504].includes(answer.status)) return retryAfter(answer) ?? 1000;
  return answer.status === 409 ? retryAfter(answer) : undefined;
}

function unless(signal, promise) {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** Server-sent events, as far as the gateway writes them. */
async function* events(body) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    text += decoder.decode(value, { stream: true });
    const whole = text.split('\n\n');
    text = whole.pop();
    for (const event of whole) {
      const [, name = 'retry', data] = /^(?:event: ?(.*)\ndata|retry): ?(.*)$/.exec(event) ?? [];
      if (data) yield [name, JSON.parse(data)];
    }
  }
}
