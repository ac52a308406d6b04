// The one way to the shop's API: what may be tried again is, and whoever has lost their turn goes back to the line.
import { language, say, trouble } from './words.js';

export class Refused extends Error {
  constructor(status, problem, retryAfter) {
    super(problem.title ?? `HTTP ${status}`);
    this.status = status;
    this.code = problem.code ?? 'internal-error';
    this.facts = problem;
    this.retryAfter = retryAfter;
  }
}

const TRIES = 5;
const LOST_TURN = ['queue-token-missing', 'queue-token-invalid', 'queue-token-expired', 'queue-token-left', 'queue-token-completed', 'queue-waiting', 'queue-closed'];
const UNDECIDED = ['too-many-requests', 'queue-unavailable', 'upstream-unreachable', 'upstream-busy', 'upstream-timeout', 'booking-busy', 'booking-unavailable', 'outcome-unknown', 'idempotency-in-progress', 'one-at-a-time', 'seat-contended'];

const pause = (millis) => new Promise((resolve) => setTimeout(resolve, millis));
const never = () => new Promise(() => {});

// Works where crypto.randomUUID does not: on plain http.
export function freshKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function once(method, path, body, key) {
  const headers = { Accept: 'application/json', 'Accept-Language': language };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (key) headers['Idempotency-Key'] = key;
  const answer = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), cache: 'no-store' });
  if (answer.status === 204) return null;
  const document = await answer.json().catch(() => ({}));
  if (answer.ok) return document;
  throw new Refused(answer.status, document, Number(answer.headers.get('Retry-After') ?? 1));
}

/**
 * @param key makes a POST safe to be tried again: the same key is the same wish
 */
export async function call(method, path, body, key) {
  const mayRepeat = method !== 'POST' || key !== undefined;
  for (let left = TRIES; ; left--) {
    try {
      const answer = await once(method, path, body, key);
      if (left < TRIES) trouble('');
      return answer;
    } catch (error) {
      const isRefused = error instanceof Refused;
      if (isRefused && LOST_TURN.includes(error.code)) return backToTheLine();
      if (isRefused && error.code === 'user-not-found' && left === TRIES) {
        await introduce();
      } else if (left <= 1 || !mayRepeat || isRefused && !UNDECIDED.includes(error.code)) {
        throw error;
      } else {
        if (error.code !== 'seat-contended') trouble(say('away'));
        await pause((isRefused ? error.retryAfter : 1) * 1000 * (1 + Math.random()));
      }
    }
  }
}

export const get = (path) => call('GET', path);

// This page's address is behind the gate: asking for it again shows the line, and leads back here.
export function backToTheLine() {
  location.reload();
  return never();
}

// The line has let in somebody whom the sale does not know: a guest, who is known from now on.
async function introduce() {
  const known = await once('PUT', '/api/v1/users/me', { name: say('guest') });
  localStorage.setItem('known', known.userId);
}

/** Joins the line as somebody the sale knows, and goes to a page behind the gate; that shows the line if there is one. */
export async function goIn(address) {
  try {
    if (!localStorage.getItem('known')) {
      const known = await once('POST', '/api/v1/users', { name: say('guest') });
      localStorage.setItem('known', known.userId);
    }
    await once('POST', '/api/v1/queue/tokens', {});
  } catch {
    // The gate says at that address what is in the way.
  }
  location.assign(address);
}
