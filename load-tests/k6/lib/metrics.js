// What is counted beside k6's own metrics, and what must hold in every run.
import { Counter, Trend } from 'k6/metrics';

export const timeInLine = new Trend('time_in_line', true);
export const peopleJoined = new Counter('people_joined');
export const peopleAdmitted = new Counter('people_admitted');
export const peopleWhoGaveUp = new Counter('people_who_gave_up');
export const seatsHeld = new Counter('seats_held');
export const ticketsPaid = new Counter('tickets_paid');
export const toldToComeBack = new Counter('told_to_come_back');

/** Somebody let in before somebody who had come earlier and still waited, or thrown back in the line. */
export const orderInversions = new Counter('order_inversions');
/** A seat that two were told is theirs, or books that do not add up. */
export const doubleSales = new Counter('double_sales');
/** A place or a turn that was gone though its holder did as told. */
export const placesLost = new Counter('places_lost');
/** No answer, 500, 502 or 504, or 503 and 429 that do not say when to come back, or any other one the call cannot have. */
export const unexpectedAnswers = new Counter('unexpected_answers');

export const always = {
  order_inversions: ['count==0'],
  double_sales: ['count==0'],
  places_lost: ['count==0'],
  unexpected_answers: ['count==0'],
  checks: ['rate==1'],
};

/** One threshold for each seat: it sees what no single VU can, that two of them got the same one. */
export function onlyOnce(metric, seats) {
  const thresholds = {};
  for (let seat = 1; seat <= seats; seat++) {
    thresholds[`${metric}{seat:${seat}}`] = ['count<=1'];
  }
  return thresholds;
}

export function complain(counter, sentence) {
  counter.add(1);
  console.error(`${counter.name}: ${sentence}`);
}

/** To k6 an iteration that throws is no failure, and where teardown throws the page would say that all held. */
export function orComplain(act) {
  return (argument) => {
    try {
      return act(argument);
    } catch (e) {
      return complain(unexpectedAnswers, e.stack || e);
    }
  };
}
