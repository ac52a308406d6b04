// The hall as a grid: one stop of the Tab key, arrows inside, Enter or Space chooses.
import { make, money, say } from './words.js';

const SEATS_IN_A_ROW = 10;

export class SeatMap {
  #body;
  #cells = new Map();
  #seats = new Map();
  #chosen = new Set();
  #mine = new Set();
  #limit = 1;
  #locked = false;
  #on;

  /** @param on what to do when seats are `chosen`, `lost` to others, or `refused` to the visitor */
  constructor(table, on) {
    this.#body = table.tBodies[0];
    this.#on = on;
    table.addEventListener('click', (event) => this.#clicked(event));
    table.addEventListener('keydown', (event) => this.#pressed(event));
  }

  get chosen() {
    return [...this.#chosen].sort((a, b) => a - b);
  }

  get total() {
    return this.chosen.reduce((sum, number) => sum + this.#seats.get(number).price, 0);
  }

  open(limit) {
    this.#limit = limit;
    this.#chosen.clear();
    this.#mine.clear();
    this.#cells.clear();
    this.#body.replaceChildren();
  }

  /** While seats are held nothing else is chosen. */
  lock(mine) {
    this.#locked = mine.length > 0;
    this.#mine = new Set(mine);
    this.#chosen.clear();
    this.#seats.forEach((seat) => this.#paint(seat));
  }

  clear() {
    this.lock([]);
    this.#on.chosen();
  }

  show(seats) {
    if (this.#cells.size === 0) this.#build(seats);
    const lost = [];
    for (const seat of seats) {
      this.#seats.set(seat.number, seat);
      if (seat.status !== 'AVAILABLE' && this.#chosen.delete(seat.number)) lost.push(seat.number);
      this.#paint(seat);
    }
    if (lost.length > 0) {
      this.#on.lost(lost);
      this.#on.chosen();
    }
  }

  #build(seats) {
    for (let from = 0; from < seats.length; from += SEATS_IN_A_ROW) {
      const row = make('tr', { role: 'row' });
      for (const seat of seats.slice(from, from + SEATS_IN_A_ROW)) {
        const cell = make('td', { role: 'gridcell', tabindex: '-1', 'data-seat': seat.number }, String(seat.number));
        this.#cells.set(seat.number, cell);
        row.append(cell);
      }
      this.#body.append(row);
    }
    this.#cells.values().next().value.tabIndex = 0;
  }

  #look(seat) {
    if (this.#mine.has(seat.number)) return 'MINE';
    return this.#chosen.has(seat.number) ? 'CHOSEN' : seat.status;
  }

  #paint(seat) {
    const cell = this.#cells.get(seat.number);
    const look = this.#look(seat);
    if (cell.dataset.look === look && cell.ariaDisabled === String(this.#locked)) return;
    cell.dataset.look = look;
    cell.ariaSelected = String(look === 'CHOSEN' || look === 'MINE');
    cell.ariaDisabled = String(this.#locked || look !== 'AVAILABLE' && look !== 'CHOSEN');
    cell.ariaLabel = `${say('seat', { number: seat.number })}, ${say(look)}, ${money(seat.price)}`;
  }

  #clicked(event) {
    const cell = event.target.closest('[data-seat]');
    if (!cell) return;
    this.#focus(cell);
    this.#choose(Number(cell.dataset.seat));
  }

  #choose(number) {
    if (this.#locked) return;
    const seat = this.#seats.get(number);
    if (this.#chosen.has(number)) {
      this.#chosen.delete(number);
    } else if (seat.status !== 'AVAILABLE') {
      this.#on.refused(`${say('seat', { number })}: ${say(seat.status)}`);
      return;
    } else if (this.#chosen.size >= this.#limit) {
      this.#on.refused(say('tooMany', { limit: this.#limit }));
      return;
    } else {
      this.#chosen.add(number);
    }
    this.#paint(seat);
    this.#on.chosen();
  }

  #pressed(event) {
    const cell = event.target.closest('[data-seat]');
    if (!cell || event.ctrlKey && !['Home', 'End'].includes(event.key) || event.metaKey || event.altKey) return;
    const number = Number(cell.dataset.seat);
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      this.#choose(number);
      return;
    }
    const target = this.#cells.get(this.#towards(event, number));
    if (target) {
      event.preventDefault();
      this.#focus(target);
    }
  }

  #towards(event, number) {
    const first = number - (number - 1) % SEATS_IN_A_ROW;
    const last = Math.min(first + SEATS_IN_A_ROW - 1, this.#cells.size);
    switch (event.key) {
      case 'ArrowRight': return number + 1;
      case 'ArrowLeft': return number - 1;
      case 'ArrowDown': return number + SEATS_IN_A_ROW;
      case 'ArrowUp': return number - SEATS_IN_A_ROW;
      case 'Home': return event.ctrlKey ? 1 : first;
      case 'End': return event.ctrlKey ? this.#cells.size : last;
      default: return undefined;
    }
  }

  #focus(cell) {
    for (const other of this.#cells.values()) other.tabIndex = -1;
    cell.tabIndex = 0;
    cell.focus();
  }
}
