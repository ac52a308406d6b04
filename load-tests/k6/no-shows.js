// A part of those who join never come back, and a part of those whose turn comes never use it. The others must still
// get in, and never may more be inside than there is room for.
import { sleep } from 'k6';
import { Counter, Trend } from 'k6/metrics';
import { concerts, lookIntoRoom } from './lib/calls.js';
import { always, orComplain } from './lib/metrics.js';
import { number } from './lib/settings.js';
import { summarise } from './lib/summary.js';
import { Visitor } from './lib/visitor.js';
import { witnessing } from './lib/witnesses.js';

export { witnesses } from './lib/witnesses.js';

const noShows = number('NO_SHOWS', 0.3);
const sleepers = number('SLEEPERS', 0.1);
const seconds = number('SECONDS', 120);
const capacity = number('CAPACITY', 100);

const peopleWhoVanished = new Counter('people_who_vanished');
const peopleInside = new Trend('people_inside');

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
      gracefulStop: `${number('CLOSING_SECONDS', 600)}s`,
    },
    doorkeeper: {
      executor: 'constant-arrival-rate',
      exec: 'countThoseInside',
      rate: 1,
      timeUnit: '1s',
      duration: `${seconds}s`,
      preAllocatedVUs: 2,
    },
    witnesses: witnessing,
  },
  thresholds: Object.assign({}, always, {
    people_admitted: ['count>0'],
    people_who_vanished: ['count>0'],
    people_who_gave_up: ['count==0'],
    people_inside: [`max<=${capacity}`],
    time_in_line: [`p(95)<${number('LINE_P95_MILLIS', 600000)}`],
  }),
};

export const arrive = orComplain(() => {
  const guest = Visitor.guest();
  if (!guest.join()) {
    return;
  }
  if (Math.random() < noShows) {
    peopleWhoVanished.add(1);
    return;
  }
  if (!guest.waitForTurn()) {
    return;
  }
  if (Math.random() < sleepers) {
    peopleWhoVanished.add(1);
    return;
  }
  concerts();
  sleep(number('THINK_SECONDS', 3));
  guest.leave();
});

export const countThoseInside = orComplain(() => {
  const answer = lookIntoRoom();
  if (answer.status === 200) {
    peopleInside.add(answer.body.active);
  }
});

export const handleSummary = summarise('no-shows');
