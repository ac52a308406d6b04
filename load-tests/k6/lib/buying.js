// What somebody does inside: look, choose, hold, pay. A person takes a while between two steps.
import { sleep } from 'k6';
import { charge, concerts, dates, freeSeats, hold, pay } from './calls.js';
import { complain, doubleSales, seatsHeld, ticketsPaid } from './metrics.js';
import { number } from './settings.js';

const thinkSeconds = number('THINK_SECONDS', 3);

/** What this VU has been told is held or paid: nothing may be told twice. */
const held = new Set();
const paid = new Set();

/** Half of the time to one and a half. */
export function think() {
  sleep(thinkSeconds * (0.5 + Math.random()));
}

/** Looks around first, as people do. True with a ticket, false if nothing was free. */
export function buyATicket(headers, evening) {
  concerts();
  think();
  if (evening.concert !== undefined) {
    dates(headers, evening.concert);
    think();
  }
  const reservation = holdAnySeat(headers, evening.schedule);
  if (reservation === undefined) {
    return false;
  }
  think();
  if (charge(headers, reservation.payment.amount).status !== 201) {
    return false;
  }
  think();
  return payFor(headers, reservation);
}

function holdAnySeat(headers, schedule) {
  for (;;) {
    const answer = freeSeats(headers, schedule);
    if (answer.status !== 200) {
      return undefined;
    }
    const free = answer.body.seats;
    think();
    const seat = free[Math.floor(Math.random() * free.length)].number;
    const reservation = holdSeat(headers, schedule, seat);
    if (reservation !== undefined) {
      return reservation;
    }
  }
}

/** Undefined if somebody else was faster. */
export function holdSeat(headers, schedule, seat) {
  const answer = hold(headers, schedule, seat);
  if (answer.status !== 201) {
    return undefined;
  }
  seatsHeld.add(1, { seat: String(seat) });
  onlyOnceFor(held, `${schedule}/${seat} held`);
  return answer.body;
}

export function payFor(headers, reservation) {
  const answer = pay(headers, reservation.reservationId);
  if (answer.status !== 201) {
    return false;
  }
  answer.body.tickets.forEach((ticket) => {
    ticketsPaid.add(1, { seat: String(ticket.seatNumber) });
    onlyOnceFor(paid, `${reservation.scheduleId}/${ticket.seatNumber} paid`);
  });
  return true;
}

function onlyOnceFor(told, what) {
  if (told.has(what)) {
    complain(doubleSales, `${what} twice`);
  }
  told.add(what);
}
