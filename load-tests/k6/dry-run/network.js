// Sends what the VUs ask for. Each VU has connections of its own, kept or not as the script's options say.
import http from 'node:http';

export class Network {
  constructor() {
    this.isReusing = true;
    this.agents = new Map();
  }

  send(request, vu) {
    if (!this.agents.has(vu)) {
      this.agents.set(vu, new http.Agent({ keepAlive: this.isReusing }));
    }
    return send(request, this.agents.get(vu));
  }
}

function send({ method, url, body, headers, timeoutMillis }, agent) {
  return new Promise((answered) => {
    const since = performance.now();
    const finish = (status, more) => answered({ status, headers: {}, cookies: [], body: '', millis: performance.now() - since, ...more });
    const length = body === null ? {} : { 'Content-Length': Buffer.byteLength(body) };
    const options = { method, agent, timeout: timeoutMillis, headers: { ...headers, ...length } };
    const request = http.request(url, options, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', (e) => finish(0, { error: String(e) }));
      response.on('end', () =>
        finish(response.statusCode, {
          headers: canonical(response.headers),
          cookies: response.headers['set-cookie'] ?? [],
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    request.on('timeout', () => request.destroy(new Error('request timeout')));
    request.on('error', (e) => finish(0, { error: String(e) }));
    request.end(body);
  });
}

/** Retry-After, not retry-after: as Go writes the names of headers. */
function canonical(headers) {
  const name = (lower) => lower.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());
  return Object.fromEntries(Object.entries(headers).map(([lower, value]) => [name(lower), String(value)]));
}
