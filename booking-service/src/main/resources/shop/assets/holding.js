// From held seats to paid ones, against the clock.
import { call, freshKey, get } from './calls.js';
import { secondsUntil } from './clock.js';
import { Refused } from './line.js';
import { nameOf } from './plan.js';
import { announce, element, make, money, say, time, trouble } from './words.js';

const MILESTONES = [120, 60, 30, 10];

export class Holding {
  #reservation;
  #balance = 0;
  #timer;
  #told = Infinity;
  #wish = {};
  #most = Infinity;
  #on;

  /** @param on what to do before seats are paid (`paying`) and if they are not (`unpaid`), when they are `paid`, or `over`: given back or run out, with what to say */
  constructor(on) {
    this.#on = on;
    element('pay').addEventListener('click', () => this.#whileBusy(() => this.#pay()));
    element('charge').addEventListener('click', () => this.#whileBusy(() => this.#charge()));
    element('giveBack').addEventListener('click', () => this.#whileBusy(() => this.#giveBack()));
  }

  get seats() {
    return this.#reservation.tickets.map((ticket) => nameOf(ticket.seatNumber, ticket.place));
  }

  get #amount() {
    return this.#reservation.payment.amount;
  }

  async start(reservation) {
    this.#reservation = reservation;
    this.#told = Infinity;
    element('heldSeats').replaceChildren(...chips(this.seats));
    element('amount').textContent = money(this.#amount);
    element('pay').textContent = say('pay', { amount: money(this.#amount) });
    this.#stop();
    this.#timer = setInterval(() => this.#tick(), 250);
    this.#tick();
    announce(say('nowHeld', { seats: this.seats.join(', '), time: time(this.#left) }));
    this.#show((await get('/api/v1/balance')).balance);
  }

  get #left() {
    return secondsUntil(this.#reservation.holdExpiresAt);
  }

  #tick() {
    const left = this.#left;
    if (left <= 0) {
      this.#whileBusy(() => this.#runOut());
      return;
    }
    element('countdown').textContent = say('timeLeft', { time: time(left) });
    element('countdown').classList.toggle('urgent', left < 60);
    const milestone = MILESTONES.find((seconds) => left <= seconds && this.#told > seconds && left > seconds - 5);
    if (milestone) {
      this.#told = milestone;
      announce(say('spoken', { time: time(milestone) }));
    }
  }

  // It may have been paid in time, by a payment that nobody answered, or in another tab.
  async #runOut() {
    this.#stop();
    const { status } = await get(`/api/v1/reservations/${this.#reservation.reservationId}`);
    if (status === 'PAID') location.assign('/shop/tickets');
    else this.#on.over(say('holdExpired'));
  }

  #stop() {
    clearInterval(this.#timer);
  }

  #show(balance) {
    this.#balance = balance;
    const short = Math.max(0, this.#amount - balance);
    element('balance').textContent = money(balance);
    element('short').textContent = short > 0 ? say('short', { short: money(short) }) : '';
    element('charge').hidden = short === 0;
    element('charge').textContent = say('charge', { amount: money(short) });
    element('pay').disabled = short > 0;
  }

  // A click that is repeated while the first one is under way is not another wish.
  async #whileBusy(act) {
    const panel = element('paying');
    if (panel.ariaBusy === 'true') return;
    panel.ariaBusy = 'true';
    try {
      await act();
    } catch (error) {
      trouble(error.message);
    } finally {
      panel.ariaBusy = null;
    }
  }

  async #pay() {
    const id = this.#reservation.reservationId;
    await this.#on.paying();
    try {
      // One purchase, one key: also when the page was loaded again in between.
      const receipt = await call('POST', `/api/v1/reservations/${id}/payment`, undefined, `pay-${id}`);
      this.#stop();
      this.#on.paid(receipt);
    } catch (error) {
      this.#on.unpaid();
      if (!(error instanceof Refused)) throw error;
      if (error.code === 'insufficient-balance') {
        this.#show(error.problem.balance);
        element('charge').focus();
      } else if (error.code === 'hold-expired') {
        this.#stop();
        this.#on.over(say('holdExpired'));
      } else if (error.code === 'reservation-already-paid') {
        location.assign('/shop/tickets');
      } else {
        throw error;
      }
    }
  }

  async #charge() {
    const amount = Math.min(this.#amount - this.#balance, this.#most);
    if (this.#wish.amount !== amount) this.#wish = { amount, key: freshKey() };
    try {
      const charged = await call('POST', '/api/v1/balance/charges', { amount }, this.#wish.key);
      this.#wish = {};
      this.#show(charged.balance);
      announce(say('charged', { balance: money(charged.balance) }));
      element(charged.balance < this.#amount ? 'charge' : 'pay').focus();
    } catch (error) {
      if (!(error.problem?.most < amount)) throw error;
      this.#most = error.problem.most; // at a time
      await this.#charge();
    }
  }

  async #giveBack() {
    const id = this.#reservation.reservationId;
    await call('DELETE', `/api/v1/reservations/${id}`, undefined, `give-back-${id}`);
    this.#stop();
    this.#on.over(say('givenBack'));
  }
}

export function chips(names) {
  return names.map((name) => make('span', { class: 'chip' }, name));
}
