// Everybody loses the connection in the same instant and comes back over a new one, again and again. Nobody may lose
// the place, and nobody may get a second one.
import { sleep } from 'k6';
import exec from 'k6/execution';
import { Counter } from 'k6/metrics';
import { always, orComplain } from './lib/metrics.js';
import { number } from './lib/settings.js';
import { summarise } from './lib/summary.js';
import { Visitor } from './lib/visitor.js';

const people = number('PEOPLE', 500);
const storms = number('STORMS', 5);
const calmSeconds = number('CALM_SECONDS', 15);

const reconnections = new Counter('reconnections');

export const options = {
  noConnectionReuse: true,
  scenarios: {
    people: {
      executor: 'per-vu-iterations',
      vus: people,
      iterations: 1,
      maxDuration: `${(storms + 1) * calmSeconds + 120}s`,
    },
  },
  thresholds: Object.assign({}, always, {
    people_joined: [`count==${people}`],
    reconnections: ['count>0'],
    'http_req_duration{name:join}': [`p(95)<${number('JOIN_P95_MILLIS', 500)}`],
  }),
};

export default orComplain(() => {
  const guest = Visitor.guest();
  if (!guest.join()) {
    return;
  }
  for (let storm = 1; storm <= storms; storm++) {
    const next = exec.scenario.startTime + storm * calmSeconds * 1000;
    if (!waitFor(guest, next)) {
      return;
    }
    sleep(Math.max(0, next - Date.now()) / 1000);
    if (!guest.joinAgain()) {
      return;
    }
    reconnections.add(1);
    if (guest.isInside()) {
      break;
    }
  }
  guest.leave();
});

/** In the calm everybody polls as told; whoever is inside only waits. False if the place is gone. */
function waitFor(guest, next) {
  while (!guest.isInside() && Date.now() + guest.status.pollAfterMillis < next) {
    if (!guest.waitAndPoll()) {
      return false;
    }
  }
  return true;
}

export const handleSummary = summarise('reconnect-storm');
