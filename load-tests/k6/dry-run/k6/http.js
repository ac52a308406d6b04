import { exchange, record, vu } from './vu.js';

const USUAL = { ranges: [{ min: 200, max: 399 }] };

/** Every VU has one, which is empty at the start of each iteration; a request may bring another one. */
export class CookieJar {
  constructor() {
    this.cookies = new Map();
  }

  header() {
    const pairs = [...this.cookies].map(([name, value]) => `${name}=${value}`);
    return pairs.length === 0 ? {} : { Cookie: pairs.join('; ') };
  }

  keep(lines) {
    lines.map((line) => /^([^=]+)=([^;]*)/.exec(line)).forEach(([, name, value]) => this.cookies.set(name, value));
  }
}

export function expectedStatuses(...statuses) {
  return { ranges: statuses.map((status) => (typeof status === 'number' ? { min: status, max: status } : status)) };
}

export function request(method, url, body, params) {
  return batch([{ method, url, body, params }])[0];
}

export function batch(requests) {
  vu.jar = vu.jar ?? new CookieJar();
  const wanted = requests.map(({ method, url, body, params = {} }) => ({
    method,
    url,
    body: body === undefined || body === null ? null : String(body),
    headers: Object.assign({}, (params.jar ?? vu.jar).header(), params.headers),
    timeoutMillis: params.timeout === undefined ? 60000 : seconds(params.timeout) * 1000,
  }));
  return exchange(wanted).map((answer, i) => received(requests[i], answer));
}

function received({ method, url, params = {} }, answer) {
  (params.jar ?? vu.jar).keep(answer.cookies);
  const { ranges } = params.responseCallback || USUAL;
  const expected = ranges.some(({ min, max }) => answer.status >= min && answer.status <= max);
  const tags = Object.assign({ name: url, method, status: String(answer.status), expected_response: String(expected) }, params.tags);
  record('http_reqs', 'counter', 1, tags);
  record('http_req_duration', 'trend', answer.millis, tags);
  record('http_req_failed', 'rate', expected ? 0 : 1, tags);
  return {
    url,
    status: answer.status,
    headers: answer.headers,
    body: answer.body === '' ? null : answer.body,
    error: answer.error,
    timings: { duration: answer.millis },
    json: () => JSON.parse(answer.body),
  };
}

function seconds(duration) {
  const match = /^(\d+(?:\.\d+)?)s$/.exec(duration);
  if (!match) {
    throw new Error(`the dry run understands a timeout in seconds only, not ${duration}`);
  }
  return Number(match[1]);
}

export default { CookieJar, batch, expectedStatuses, request };
