// The whole way: register, wait, look, hold, charge, pay, at the pace of people, until nothing is left.
import { group } from 'k6';
import { buyATicket, think } from './lib/buying.js';
import { always, onlyOnce, orComplain } from './lib/metrics.js';
import { lookThroughTheBooks, putOnAnEvening, seats } from './lib/sale.js';
import { number } from './lib/settings.js';
import { summarise } from './lib/summary.js';
import { Visitor } from './lib/visitor.js';
import { witnessing } from './lib/witnesses.js';

export { witnesses } from './lib/witnesses.js';

export const options = {
  scenarios: {
    buyers: {
      executor: 'constant-arrival-rate',
      exec: 'buyer',
      rate: number('RATE', 5),
      timeUnit: '1s',
      duration: `${number('SECONDS', 120)}s`,
      preAllocatedVUs: number('VUS', 300),
      maxVUs: number('MAX_VUS', 2000),
      gracefulStop: `${number('CLOSING_SECONDS', 600)}s`,
    },
    witnesses: witnessing,
  },
  thresholds: Object.assign({}, always, onlyOnce('seats_held', seats), onlyOnce('tickets_paid', seats), {
    tickets_paid: ['count>0', `count<=${seats}`],
    people_admitted: ['count>0'],
    dropped_iterations: ['count==0'],
    time_in_line: [`p(95)<${number('LINE_P95_MILLIS', 600000)}`],
    'http_req_duration{name:hold}': [`p(95)<${number('HOLD_P95_MILLIS', 300)}`],
    'http_req_duration{name:pay}': [`p(95)<${number('PAY_P95_MILLIS', 300)}`],
  }),
};

export const setup = putOnAnEvening;

export const buyer = orComplain((evening) => {
  const visitor = group('register', () => Visitor.registered(`VU ${__VU}.${__ITER}`));
  if (!visitor || !group('line', () => visitor.join() && visitor.waitForTurn())) {
    return;
  }
  if (!group('sale', () => buyATicket(visitor.headers, evening))) {
    think();
    visitor.leave();
  }
});

export const teardown = orComplain(lookThroughTheBooks);

export const handleSummary = summarise('ticket-sale');
