// Guests join: a steady trickle, then all at once, then a trickle again.
import { always, orComplain } from './lib/metrics.js';
import { number } from './lib/settings.js';
import { summarise } from './lib/summary.js';
import { Visitor } from './lib/visitor.js';

const rate = number('RATE', 10);
const peak = number('PEAK', 500);
const trickleSeconds = number('TRICKLE_SECONDS', 15);
const peakSeconds = number('PEAK_SECONDS', 30);

export const options = {
  scenarios: {
    spike: {
      executor: 'ramping-arrival-rate',
      startRate: rate,
      timeUnit: '1s',
      stages: [
        { target: rate, duration: `${trickleSeconds}s` },
        { target: peak, duration: '1s' },
        { target: peak, duration: `${peakSeconds}s` },
        { target: rate, duration: '1s' },
        { target: rate, duration: `${trickleSeconds}s` },
      ],
      preAllocatedVUs: number('VUS', 200),
      maxVUs: number('MAX_VUS', 1000),
      gracefulStop: `${number('CLOSING_SECONDS', 30)}s`,
    },
  },
  thresholds: Object.assign({}, always, {
    people_joined: ['count>0'],
    dropped_iterations: ['count==0'],
    'http_req_duration{name:join}': [`p(95)<${number('JOIN_P95_MILLIS', 200)}`],
  }),
};

/** Every tenth comes twice: a reload must not make a second place. The others are never seen again and stand in
 * nobody's way for longer than a minute; these would, so they leave. */
export default orComplain(() => {
  const guest = Visitor.guest();
  if (guest.join() && __ITER % 10 === 0) {
    guest.joinAgain();
    guest.leave();
  }
});

export const handleSummary = summarise('join-spike');
