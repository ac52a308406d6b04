// The public calls, one function each. Every answer is judged here: a call names what it may be answered.
import http from 'k6/http';
import { check, sleep } from 'k6';
import { gateway, number, room } from './settings.js';
import { toldToComeBack, unexpectedAnswers } from './metrics.js';

const TRIES = 20;
const PLACE = '/api/v1/queue/tokens/current';

export function register(name) {
  return patiently('POST', '/api/v1/users', 'register', {}, { name: name }, [201]);
}

export function join(headers) {
  return patiently('POST', '/api/v1/queue/tokens', 'join', headers, { room: room }, [200, 201]);
}

/** Many at once, each on behalf of one of the headers, as a crowd that refreshes the page together. */
export function joinTogether(everyone) {
  return together(everyone, 'POST', '/api/v1/queue/tokens', 'join', { room: room }, [200, 201]);
}

export function poll(headers) {
  return once('GET', PLACE, 'poll', headers, undefined, [200, 401, 410]);
}

export function pollTogether(everyone) {
  return together(everyone, 'GET', PLACE, 'poll', undefined, [200, 401, 410]);
}

export function leave(headers) {
  return once('DELETE', PLACE, 'leave', headers, undefined, [204]);
}

export function lookIntoRoom() {
  return once('GET', `/api/v1/queue/rooms/${room}`, 'room', {}, undefined, [200]);
}

export function concerts() {
  return patiently('GET', '/api/v1/concerts', 'concerts', {}, undefined, [200]);
}

export function dates(headers, concert) {
  return patiently('GET', `/api/v1/concerts/${concert}/schedules`, 'dates', headers, undefined, [200, 404]);
}

export function freeSeats(headers, schedule) {
  return patiently('GET', `/api/v1/schedules/${schedule}/seats?available=true`, 'seats', headers, undefined, [200, 404]);
}

export function hold(headers, schedule, seat) {
  const wish = { scheduleId: schedule, seatNumbers: [seat] };
  return patiently('POST', '/api/v1/reservations', 'hold', withKey(headers), wish, [201, 409]);
}

export function charge(headers, amount) {
  return patiently('POST', '/api/v1/balance/charges', 'charge', withKey(headers), { amount: amount }, [201]);
}

export function pay(headers, reservation) {
  return patiently('POST', `/api/v1/reservations/${reservation}/payment`, 'pay', withKey(headers), undefined, [201]);
}

/** Whoever is told to come back comes back, no earlier than told; with the same key, so that nothing happens twice. */
function patiently(method, path, name, headers, body, expected) {
  let answer = once(method, path, name, headers, body, expected);
  for (let tries = 1; tries < TRIES && answer.comeBackMillis > 0 && !answer.expected; tries++) {
    sleep(answer.comeBackMillis / 1000);
    answer = once(method, path, name, headers, body, expected);
  }
  return answer;
}

function once(method, path, name, headers, body, expected) {
  return judge(http.request(method, gateway + path, json(body), params(name, headers, expected)), name, expected);
}

function together(everyone, method, path, name, body, expected) {
  return http
    .batch(
      everyone.map((headers) => ({
        method: method,
        url: gateway + path,
        body: json(body),
        params: params(name, headers, expected),
      })),
    )
    .map((response) => judge(response, name, expected));
}

function json(body) {
  return body === undefined ? null : JSON.stringify(body);
}

/** With an empty jar each time: the VU's own would give every visitor the place of the one before. */
function params(name, headers, expected) {
  return {
    jar: new http.CookieJar(),
    headers: Object.assign({ 'Content-Type': 'application/json' }, headers),
    tags: { name: name },
    responseCallback: http.expectedStatuses(...expected),
    timeout: `${number('TIMEOUT_SECONDS', 20)}s`,
  };
}

function judge(response, name, expected) {
  const answer = {
    status: response.status,
    expected: expected.indexOf(response.status) >= 0,
    body: parsed(response),
    comeBackMillis: comeBackMillis(response),
  };
  const overloaded = (answer.status === 429 || answer.status === 503) && answer.comeBackMillis > 0;
  if (overloaded) {
    toldToComeBack.add(1, { call: name });
  }
  const asDocumented = answer.expected || overloaded;
  check(response, { [`${name} is answered as documented`]: () => asDocumented });
  if (!asDocumented) {
    unexpectedAnswers.add(1, { call: name, status: String(answer.status) });
    console.error(`${name}: ${response.status} ${response.error || response.body}`);
  }
  return answer;
}

function parsed(response) {
  try {
    return response.body ? JSON.parse(response.body) : {};
  } catch (e) {
    return {};
  }
}

function comeBackMillis(response) {
  const seconds = Number(response.headers['Retry-After']);
  return isFinite(seconds) ? seconds * 1000 : 0;
}

let keys = 0;

function withKey(headers) {
  keys += 1;
  return Object.assign({ 'Idempotency-Key': `k6-${__VU}-${__ITER}-${keys}-${Date.now()}` }, headers);
}
