// A sale in memory that does one thing wrong, or nothing: what the scripts must find, and what they must not. One for the gateway and
// the management side. It is "none", overtaken, walks-in, backwards, moves, forgets, falls-back, sent-back, sells-twice, bad-books, closed-books,
// errors, mute, garbles, overfull, or it stands-still.
const CAPACITY = 5;
const SEATS = 10;
const TICK_MILLIS = 100;
const TENTH_POLL = {
  errors: [500, { code: 'internal-error' }],
  mute: [503, { code: 'queue-unavailable' }],
  forgets: [410, { code: 'queue-token-expired' }],
};

/** Answers requests as the network would. */
export function crookedSale(fault, clock) {
  const has = (name) => fault === name;
  // Those who are too many are still there when somebody counts.
  const session = has('overfull') ? 60000 : 1000;
  const capacity = { overfull: Infinity, 'stands-still': 0 }[fault] ?? CAPACITY;
  const places = new Map(); // token → place
  const taken = new Set();
  const counts = { sequence: 1000000, joins: 0, polls: 0, losers: 0 };
  let view;

  const inState = (state) => [...places.values()].filter((place) => place.state === state).sort((a, b) => a.sequence - b.sequence);

  function tick() {
    const line = has('overtaken') ? inState('WAITING').reverse() : inState('WAITING');
    line.slice(0, Math.max(0, capacity - inState('ACTIVE').length)).forEach(letIn);
    inState('ACTIVE').filter((place) => clock.now() > place.until).forEach((place) => (place.state = 'EXPIRED'));
    view = { asOf: new Date(clock.now()).toISOString(), waiting: inState('WAITING') };
    clock.sleep(TICK_MILLIS).then(tick);
  }

  const letIn = (place) => Object.assign(place, { state: 'ACTIVE', until: clock.now() + session });

  function join(held) {
    counts.joins += 1;
    if (held && !has('moves')) {
      return [200, status(held)];
    }
    counts.sequence += has('backwards') ? -1 : 1;
    const place = { token: `t${counts.joins}`, sequence: counts.sequence, state: 'WAITING', polls: 0 };
    places.set(place.token, place);
    const isEmpty = inState('WAITING').length === 1 && inState('ACTIVE').length < Math.min(capacity, CAPACITY);
    if (isEmpty || (has('walks-in') && counts.joins % 3 === 0)) {
      letIn(place);
    }
    return [201, status(place)];
  }

  function poll(place) {
    if ((counts.polls += 1) % 10 === 0 && fault in TENTH_POLL) {
      return TENTH_POLL[fault];
    }
    if (!place || place.state === 'EXPIRED') {
      return TENTH_POLL.forgets;
    }
    place.polls += 1;
    return [200, status(place)];
  }

  function leave(token, ...answer) {
    places.delete(token);
    return answer;
  }

  /** Who waits is told so from the view, like the others; who has gone in may know it earlier. */
  function status(place) {
    const rank = view.waiting.indexOf(place);
    const ahead = (rank < 0 ? view.waiting.length : rank) + (has('falls-back') ? place.polls * 10 * CAPACITY : 0);
    const isWaiting = place.state === 'WAITING' || (has('sent-back') && place.hasBeenTold);
    place.hasBeenTold = !isWaiting;
    const said = isWaiting ? { state: 'WAITING', position: ahead + 1 } : { state: 'ACTIVE', position: 0 };
    return { ...said, token: place.token, sequence: place.sequence, pollAfterMillis: 150, asOf: view.asOf };
  }

  function hold(seat) {
    if (taken.has(seat) && !(has('sells-twice') && (counts.losers += 1) % 2 === 0)) {
      return [409, { code: 'seat-taken' }];
    }
    taken.add(seat);
    if (has('garbles') && taken.size === 1) {
      return [201, {}];
    }
    return [201, { reservationId: String(seat), scheduleId: 1, payment: { amount: 1 } }];
  }

  function freeSeats() {
    const all = Array.from({ length: SEATS }, (_, i) => ({ number: i + 1 }));
    const free = all.filter(({ number }) => has('sells-twice') || !taken.has(number));
    return free.length === 0 ? [404, { code: 'no-available-seats' }] : [200, { seats: free }];
  }

  const calls = {
    'POST /api/v1/users': () => [201, { accessToken: `a${Math.random()}` }],
    'POST /api/v1/queue/tokens': (token) => join(places.get(token)),
    'GET /api/v1/queue/tokens/current': (token) => poll(places.get(token)),
    'DELETE /api/v1/queue/tokens/current': (token) => leave(token, 204),
    'GET /api/v1/queue/rooms/main': () => [200, { recovering: false, active: inState('ACTIVE').length }],
    'GET /api/v1/concerts': () => [200, { concerts: [] }],
    'GET /api/v1/concerts/1/schedules': () => [200, { schedules: [{ scheduleId: 1 }] }],
    'GET /api/v1/schedules/1/seats': freeSeats,
    'POST /api/v1/reservations': (token, { seatNumbers: [seat] }) => hold(seat),
    'POST /api/v1/balance/charges': () => [201, {}],
    'POST /api/v1/reservations/payment': (token, body, seat) => leave(token, 201, { tickets: [{ seatNumber: seat }] }),
    'POST /admin/concerts': () => [201, { concertId: 1 }],
    'POST /admin/concerts/1/schedules': () => [201, { scheduleId: 1 }],
    'GET /admin/audit': () => [has('closed-books') ? 500 : 200, { violations: has('bad-books') ? [{ invariant: 'MONEY_IS_CONSERVED' }] : [] }],
  };
  tick();
  setImmediate(() => clock.jump());
  return async ({ method, url, headers, body }) => {
    const [path, seat, rest = ''] = new URL(url).pathname.split(/(?<=reservations)\/(\d+)/);
    const call = calls[`${method} ${path}${rest}`] ?? (() => [404, { code: 'not-found' }]);
    const [status, answer] = call(headers['Queue-Token'], JSON.parse(body ?? '{}'), Number(seat));
    return { status, headers: {}, cookies: [], body: answer && JSON.stringify(answer), millis: 0 };
  };
}
