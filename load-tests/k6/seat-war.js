// Everybody wants the same few seats in the same instant. The room must be large enough to have them all inside.
import { sleep } from 'k6';
import exec from 'k6/execution';
import { holdSeat } from './lib/buying.js';
import { always, onlyOnce, orComplain } from './lib/metrics.js';
import { lookThroughTheBooks, putOnAnEvening } from './lib/sale.js';
import { number } from './lib/settings.js';
import { summarise } from './lib/summary.js';
import { Visitor } from './lib/visitor.js';

const fighters = number('FIGHTERS', 200);
const wanted = number('WANTED_SEATS', 3);
const rounds = number('ROUNDS', 5);
const lineUpSeconds = number('LINE_UP_SECONDS', 20);
const roundSeconds = number('ROUND_SECONDS', 2);

export const options = {
  summaryTrendStats: ['avg', 'min', 'med', 'max', 'p(90)', 'p(95)', 'p(99)'],
  scenarios: {
    fighters: {
      executor: 'per-vu-iterations',
      vus: fighters,
      iterations: 1,
      maxDuration: `${lineUpSeconds + rounds * roundSeconds + 120}s`,
    },
  },
  thresholds: Object.assign({}, always, onlyOnce('seats_held', wanted), {
    seats_held: [`count==${wanted}`],
    'http_req_duration{name:hold}': [`p(99)<${number('HOLD_P99_MILLIS', 300)}`],
  }),
};

export const setup = putOnAnEvening;

/** Nobody gives a seat back: after the first round there is nothing left to win, and still nobody may win it. */
export default orComplain((evening) => {
  const fighter = Visitor.registered(`Fighter ${__VU}`);
  if (!fighter || !fighter.join() || !fighter.waitForTurn()) {
    return;
  }
  let holds = 0;
  for (let round = 0; round < rounds && holds === 0; round++) {
    sleepUntil(exec.scenario.startTime + (lineUpSeconds + round * roundSeconds) * 1000);
    for (let seat = 1; seat <= wanted && holds === 0; seat++) {
      holds += holdSeat(fighter.headers, evening.schedule, seat) === undefined ? 0 : 1;
    }
  }
  fighter.leave();
});

export const teardown = orComplain(lookThroughTheBooks);

function sleepUntil(time) {
  sleep(Math.max(0, time - Date.now()) / 1000);
}

export const handleSummary = summarise('seat-war');
