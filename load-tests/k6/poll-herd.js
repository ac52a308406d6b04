// Many wait and ask where they are, as often as they are told and no more.
import { always, orComplain } from './lib/metrics.js';
import { Herd } from './lib/herd.js';
import { number } from './lib/settings.js';
import { summarise } from './lib/summary.js';

const herds = number('HERDS', 50);
const places = number('PLACES', 200);
const together = Math.max(1, number('TOGETHER', 20));
const seconds = number('SECONDS', 120);

export const options = {
  scenarios: {
    herds: {
      executor: 'per-vu-iterations',
      vus: herds,
      iterations: 1,
      maxDuration: `${seconds * 2 + 60}s`,
    },
  },
  batch: together,
  batchPerHost: together,
  thresholds: Object.assign({}, always, {
    people_joined: [`count>=${herds * places}`],
    'http_reqs{name:poll}': ['count>0'],
    'http_req_duration{name:poll}': [`p(95)<${number('POLL_P95_MILLIS', 100)}`],
  }),
};

/** Joins come in bursts while the earlier ones wait already, so that a herd stands in many parts of the line. */
export default orComplain(() => {
  const herd = new Herd();
  const until = Date.now() + seconds * 1000;
  for (let joined = 0; joined < places; joined += together) {
    herd.join(Math.min(together, places - joined));
    herd.attend(until);
  }
  while (Date.now() < until && herd.waiting.length > 0) {
    herd.attend(until);
  }
  herd.leave();
});

export const handleSummary = summarise('poll-herd');
