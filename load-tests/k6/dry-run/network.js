// Sends what the VUs ask for.
import { seconds } from './clock.js';

export async function send({ method, url, body, headers, timeout }) {
  const since = performance.now();
  const answer = { status: 0, headers: {}, cookies: [], body: '' };
  try {
    const signal = AbortSignal.timeout(seconds(timeout) * 1000);
    const response = await fetch(url, { method, body, headers, signal, redirect: 'manual' });
    answer.body = await response.text();
    answer.cookies = response.headers.getSetCookie();
    answer.status = response.status;
    // Retry-After, not retry-after: as Go writes the names of headers.
    response.headers.forEach((value, name) => (answer.headers[name.replace(/\b[a-z]/g, (start) => start.toUpperCase())] = value));
  } catch (e) {
    answer.error = String(e.cause ?? e);
  }
  return { ...answer, millis: performance.now() - since };
}
