// A sale in memory that does one thing wrong, or nothing: what the scripts must find, and what they must not. One for the gateway and the management side.

const FAULTS = [
  'none', 'overtaken', 'walks-in', 'backwards', 'moves', 'forgets', 'falls-back', 'sent-back', 'sells-twice', 'bad-books',
  'errors', 'mute', 'overfull', 'stands-still',
];
const CAPACITY = 5;
const SEATS = 10;
const TICK_MILLIS = 100;
/** Answers requests as the network would. */
export function crookedSale(fault, clock) {
  if (!FAULTS.includes(fault)) {
    throw new Error(`the fault must be one of ${FAULTS.join(', ')}`);
  }
  const has = (name) => fault === name;
  // Those who are too many are still there when somebody counts.
  const session = has('overfull') ? 60000 : 1000;
  const places = new Map(); // token → place
  const taken = new Set();
  let sequence = 1000000;
  let joins = 0;
  let polls = 0;
  let losers = 0;
  let view = { asOf: new Date(clock.now()).toISOString(), waiting: [] };

  const inState = (state) => [...places.values()].filter((place) => place.state === state);

  function tick() {
    const line = inState('WAITING').sort((a, b) => a.sequence - b.sequence);
    const room = has('stands-still') ? 0 : CAPACITY;
    const free = has('overfull') ? line.length : room - inState('ACTIVE').length;
    (has('overtaken') ? line.reverse() : line).slice(0, Math.max(0, free)).forEach(letIn);
    inState('ACTIVE').filter((place) => clock.now() > place.until).forEach((place) => (place.state = 'EXPIRED'));
    view = { asOf: new Date(clock.now()).toISOString(), waiting: inState('WAITING').sort((a, b) => a.sequence - b.sequence) };
    clock.after(TICK_MILLIS, tick);
  }

  function letIn(place) {
    place.state = 'ACTIVE';
    place.until = clock.now() + session;
  }

  const calls = {
    'POST /api/v1/users': () => [201, { accessToken: `a${Math.random()}` }],
    'POST /api/v1/queue/tokens': (request) => join(places.get(request.headers['Queue-Token'])),
    'GET /api/v1/queue/tokens/current': (request) => poll(places.get(request.headers['Queue-Token'])),
    'DELETE /api/v1/queue/tokens/current': (request) => {
      places.delete(request.headers['Queue-Token']);
      return [204];
    },
    'GET /api/v1/queue/rooms/main': () => [200, { recovering: false, active: inState('ACTIVE').length }],
    'GET /api/v1/concerts': () => [200, { concerts: [] }],
    'GET /api/v1/concerts/1/schedules': () => [200, { schedules: [{ scheduleId: 1 }] }],
    'GET /api/v1/schedules/1/seats': () => {
      const all = Array.from({ length: SEATS }, (_, i) => ({ number: i + 1 }));
      const free = all.filter(({ number }) => has('sells-twice') || !taken.has(number));
      return free.length === 0 ? [404, { code: 'no-available-seats' }] : [200, { seats: free }];
    },
    'POST /api/v1/reservations': (request, { seatNumbers: [seat] }) => {
      if (taken.has(seat) && !(has('sells-twice') && (losers += 1) % 2 === 0)) {
        return [409, { code: 'seat-taken' }];
      }
      taken.add(seat);
      return [201, { reservationId: String(seat), scheduleId: 1, payment: { amount: 1 } }];
    },
    'POST /api/v1/balance/charges': () => [201, {}],
    'POST /api/v1/reservations/payment': (request, body, seat) => {
      places.delete(request.headers['Queue-Token']);
      return [201, { tickets: [{ seatNumber: seat }] }];
    },
    'POST /admin/concerts': () => [201, { concertId: 1 }],
    'POST /admin/concerts/1/schedules': () => [201, { scheduleId: 1 }],
    'GET /admin/audit': () => [200, { violations: has('bad-books') ? [{ invariant: 'MONEY_IS_CONSERVED' }] : [] }],
  };

  function join(held) {
    joins += 1;
    if (held && !has('moves')) {
      return [200, status(held)];
    }
    sequence += has('backwards') ? -1 : 1;
    const place = { token: `t${joins}`, sequence, state: 'WAITING', polls: 0 };
    places.set(place.token, place);
    const isEmpty = inState('WAITING').length === 1 && inState('ACTIVE').length < CAPACITY && !has('stands-still');
    if (isEmpty || (has('walks-in') && joins % 3 === 0)) {
      letIn(place);
    }
    return [201, status(place)];
  }

  function poll(place) {
    polls += 1;
    if (has('errors') && polls % 10 === 0) {
      return [500, { code: 'internal-error' }];
    }
    if (has('mute') && polls % 10 === 0) {
      return [503, { code: 'queue-unavailable' }];
    }
    if (!place || place.state === 'EXPIRED' || (has('forgets') && polls % 10 === 0)) {
      return [410, { code: 'queue-token-expired' }];
    }
    place.polls += 1;
    return [200, status(place)];
  }

  /** Who waits is told so from the view, like the others; who has gone in may know it earlier. */
  function status(place) {
    const rank = view.waiting.indexOf(place);
    const ahead = (rank < 0 ? view.waiting.length : rank) + (has('falls-back') ? place.polls * 10 * CAPACITY : 0);
    const isWaiting = place.state === 'WAITING' || (has('sent-back') && place.hasBeenTold);
    place.hasBeenTold = !isWaiting;
    return {
      ...{ token: place.token, sequence: place.sequence, pollAfterMillis: 150, asOf: view.asOf },
      ...(isWaiting ? { state: 'WAITING', position: ahead + 1 } : { state: 'ACTIVE', position: 0 }),
    };
  }

  tick();
  return async (request) => {
    const { pathname } = new URL(request.url);
    const path = pathname.replace(/\/reservations\/(\d+)\/payment/, '/reservations/payment');
    const seat = Number((/\/reservations\/(\d+)\//.exec(pathname) || [])[1]);
    const call = calls[`${request.method} ${path}`];
    const [status, answer] = call ? call(request, JSON.parse(request.body || '{}'), seat) : [404, { code: 'not-found' }];
    return { status, headers: {}, cookies: [], body: answer === undefined ? '' : JSON.stringify(answer), millis: 0 };
  };
}
