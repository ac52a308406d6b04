// People wait and go in; somebody kills Redis in the middle and starts it again, empty. Nobody may lose the place, the
// order must hold, and nothing worse may be answered than "come back in a moment".
import { sleep } from 'k6';
import { Counter } from 'k6/metrics';
import { lookIntoRoom } from './lib/calls.js';
import { always, orComplain } from './lib/metrics.js';
import { number } from './lib/settings.js';
import { summarise } from './lib/summary.js';
import { Visitor } from './lib/visitor.js';
import { standAsWitnesses, witnessing } from './lib/witnesses.js';

const seconds = number('SECONDS', 180);
const closingSeconds = number('CLOSING_SECONDS', 600);
const outagesSeen = new Counter('outages_seen');
const admittedAfterwards = new Counter('people_admitted_afterwards');

export const options = {
  scenarios: {
    arrivals: {
      executor: 'constant-arrival-rate',
      exec: 'arrive',
      rate: number('RATE', 5),
      timeUnit: '1s',
      duration: `${seconds}s`,
      preAllocatedVUs: number('VUS', 300),
      maxVUs: number('MAX_VUS', 2000),
      gracefulStop: `${closingSeconds}s`,
    },
    lookout: {
      executor: 'per-vu-iterations',
      exec: 'lookOut',
      vus: 1,
      iterations: 1,
      maxDuration: `${seconds + closingSeconds}s`,
    },
    witnesses: witnessing,
  },
  thresholds: Object.assign({}, always, {
    outages_seen: ['count>0'],
    people_admitted: ['count>0'],
    people_admitted_afterwards: ['count>0'],
  }),
};

/** Whose turn came uses it for a while, whatever has become of Redis. */
export const arrive = orComplain(() => {
  const guest = Visitor.guest(true);
  if (!guest.join()) {
    return;
  }
  if (guest.waitForTurn()) {
    sleep(number('THINK_SECONDS', 3));
    guest.leave();
  }
});

export const witnesses = orComplain(() => standAsWitnesses(true));

/** Sees the room recover, and then somebody who joins get in: it works again from end to end. Who kills Redis may be late. */
export const lookOut = orComplain(() => {
  const until = Date.now() + seconds * 1000;
  const atLast = until + closingSeconds * 1000;
  let wasDown = false;
  let outages = 0;
  while (Date.now() < (outages > 0 ? until : atLast) || wasDown) {
    const answer = lookIntoRoom();
    const isDown = answer.status !== 200 || answer.body.recovering;
    if (isDown && !wasDown) {
      outagesSeen.add(1);
      outages++;
    }
    if (!isDown && wasDown) {
      joinAfterwards();
    }
    wasDown = isDown;
    sleep(0.2);
  }
});

function joinAfterwards() {
  const guest = Visitor.guest(true);
  if (guest.join() && guest.waitForTurn()) {
    admittedAfterwards.add(1);
    guest.leave();
  }
}

export const handleSummary = summarise('redis-outage');
