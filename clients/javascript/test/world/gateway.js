// A small gateway for tests: real HTTP, and a line that does what the test says.
import { createServer } from 'node:http';
import { once } from 'node:events';

export class Gateway {
  /** Every request, as `METHOD path`. */
  asked = [];
  /** What is told instead of a stream; undefined while streams are open to everybody. */
  noStreams;
  places = new Map();
  streams = new Map();
  /** Refusals to come, by `METHOD path`: the first is used up first. */
  #instead = new Map();
  #waiters = new Set();
  #prefix;
  #server;
  #port = 0;
  #made = 0;

  constructor(prefix = '/api/v1/queue') {
    this.#prefix = prefix;
  }

  async open() {
    this.#server = createServer((request, answer) => this.#answer(request, answer));
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = this.#server.address().port;
    return this;
  }

  async close() {
    this.#server.closeAllConnections();
    await new Promise((resolve) => { this.#server.close(resolve); });
  }

  get origin() {
    return `http://127.0.0.1:${this.#port}`;
  }

  count(call) {
    return this.asked.filter((asked) => asked === call).length;
  }

  instead(call, ...refusals) {
    this.#instead.set(call, [...(this.#instead.get(call) ?? []), ...refusals]);
  }

  /** Everybody who waits hears of it. */
  change(change) {
    for (const [token, place] of this.places) {
      Object.assign(place, change);
      this.tell(token, 'status', this.#document(place));
      if (place.state === 'ACTIVE') this.hangUp(token);
    }
  }

  end(code) {
    for (const [token, place] of this.places) {
      place.ended = code;
      this.tell(token, 'ended', { code });
      this.hangUp(token);
    }
  }

  tell(token, event, data) {
    for (const stream of this.streams.get(token) ?? []) stream.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  hangUp(token) {
    for (const stream of this.streams.get(token) ?? []) stream.end();
    this.streams.delete(token);
  }

  /** Resolves when so many requests of a kind have been answered. */
  async hears(call, times = 1) {
    while (this.count(call) < times) await new Promise((resolve) => { this.#waiters.add(resolve); });
  }

  async #answer(request, answer) {
    const path = request.url.split('?')[0];
    const call = `${request.method} ${path}`;
    let body = '';
    for await (const chunk of request) body += chunk;
    this.#say(request, answer, call, body);
    this.asked.push(call);
    this.#waiters.forEach((resolve) => resolve());
    this.#waiters.clear();
  }

  #say(request, answer, call, body) {
    const token = request.headers['queue-token'];
    const place = this.places.get(token);
    const refusal = this.#instead.get(call)?.shift();
    if (refusal === 'cut') return answer.destroy();
    if (refusal) return refuse(answer, refusal);
    switch (call) {
      case `POST ${this.#prefix}/tokens`: return this.#place(answer, token);
      case `GET ${this.#prefix}/tokens/current`:
        return place && !place.ended ? json(answer, 200, this.#document(place)) : refuse(answer, gone(place));
      case `DELETE ${this.#prefix}/tokens/current`:
        if (place) place.ended = 'queue-token-left';
        return answer.writeHead(204).end();
      case `GET ${this.#prefix}/events`: return this.#stream(answer, token, place);
      default: return this.#gate(request, answer, place, body);
    }
  }

  #place(answer, shown) {
    const held = this.places.get(shown);
    const token = held && !held.ended ? shown : `token-${++this.#made}`;
    if (!this.places.has(token)) {
      this.places.set(token, { room: 'main', state: 'WAITING', sequence: 1000 + this.#made, position: 3, ahead: 2, waiting: 3, pollAfterMillis: 1000 });
    }
    json(answer, held === this.places.get(token) ? 200 : 201, { ...this.#document(this.places.get(token)), token });
  }

  #stream(answer, token, place) {
    if (this.noStreams) return refuse(answer, this.noStreams);
    if (!place || place.ended) return refuse(answer, gone(place));
    answer.writeHead(200, { 'Content-Type': 'text/event-stream' });
    this.streams.set(token, [...(this.streams.get(token) ?? []), answer]);
    return answer.write(`event: status\ndata: ${JSON.stringify(this.#document(place))}\n\n`);
  }

  #gate(request, answer, place, body) {
    if (!place || place.ended) return refuse(answer, { ...gone(place), status: 401 });
    if (place.state !== 'ACTIVE') return refuse(answer, { status: 429, code: 'queue-waiting', after: 1 });
    return json(answer, 200, { method: request.method, path: request.url, body });
  }

  #document({ ended, ...place }) {
    return place.state === 'ACTIVE' ? { ...place, position: 0, ahead: 0, remainingSeconds: 300 } : place;
  }
}

const gone = (place) => ({ status: place ? 410 : 401, code: place?.ended ?? 'queue-token-missing' });

function refuse(answer, { status, code, after, date }) {
  if (date !== undefined) answer.setHeader('Date', date);
  if (after !== undefined) answer.setHeader('Retry-After', after);
  json(answer, status, { status, code, title: code }, 'application/problem+json');
}

function json(answer, status, document, type = 'application/json') {
  answer.writeHead(status, { 'Content-Type': type }).end(JSON.stringify(document));
}
