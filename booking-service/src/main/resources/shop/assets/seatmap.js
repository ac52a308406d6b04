// Seats as a grid: one stop of the Tab key, arrows inside, Enter or Space chooses. Of a large house, one section at a time.
import { sayPlace } from './plan.js';
import { make, money, say } from './words.js';

export class SeatMap {
  #body;
  #cells = new Map();
  #seats = new Map();
  #plan;
  #rows = [];
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

  open(limit, plan) {
    this.#limit = limit;
    this.#plan = plan;
    this.#chosen.clear();
    this.#mine.clear();
    this.#seats.clear();
    this.draw([]);
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
    const lost = [];
    for (const seat of seats) {
      this.#seats.set(seat.number, seat);
      if (seat.status !== 'AVAILABLE' && this.#chosen.delete(seat.number)) lost.push(seat.number);
      this.#paint(seat);
    }
    if (lost.length > 0) {
      this.#on.chosen();
      this.#on.lost(lost);
    }
  }

  /** Shows those rows and no others; what is chosen elsewhere stays so. */
  draw(rows) {
    this.#cells.clear();
    this.#rows = rows.map(({ parts }) => parts.flatMap(({ column, seats }) => seats.map((seat, i) => ({ number: seat.number, column: column + i }))));
    this.#body.replaceChildren(...rows.map((row) => this.#row(row)));
    for (const number of this.#cells.keys()) if (this.#seats.has(number)) this.#paint(this.#seats.get(number));
    const [first] = this.#cells.values();
    if (first) first.tabIndex = 0;
  }

  #row({ name, parts }) {
    const row = make('tr', { role: 'row' });
    if (this.#plan.sections.length > 1) row.append(make('th', { role: 'rowheader', scope: 'row' }, name));
    let column = 0;
    for (const part of parts) {
      if (part.column > column) row.append(make('td', { class: 'aisle', role: 'presentation', colspan: part.column - column }));
      row.append(...part.seats.map(({ number, label }) => this.#cell(number, label)));
      column = part.column + part.seats.length;
    }
    return row;
  }

  #cell(number, label) {
    const cell = make('td', { role: 'gridcell', tabindex: '-1', 'data-seat': number }, label);
    this.#cells.set(number, cell);
    return cell;
  }

  /** How a seat looks to this visitor. */
  look(number) {
    return this.#look(this.#seats.get(number));
  }

  #look(seat) {
    if (this.#mine.has(seat.number)) return 'MINE';
    return this.#chosen.has(seat.number) ? 'CHOSEN' : seat.status;
  }

  #paint(seat) {
    const cell = this.#cells.get(seat.number);
    if (!cell) return;
    const look = this.#look(seat);
    if (cell.dataset.look === look && cell.ariaDisabled === String(this.#locked)) return;
    cell.dataset.look = look;
    cell.ariaSelected = String(look === 'CHOSEN' || look === 'MINE');
    cell.ariaDisabled = String(this.#locked || look !== 'AVAILABLE' && look !== 'CHOSEN');
    const accessible = this.#plan.isAccessible(seat.number) ? `, ${say('accessible')}` : '';
    cell.ariaLabel = `${this.#name(seat.number)}, ${say(look)}, ${money(seat.price)}${accessible}`;
  }

  #name(number) {
    return sayPlace(number, this.#plan.place(number));
  }

  #clicked(event) {
    const cell = event.target.closest('[data-seat]');
    if (!cell) return;
    this.#focus(cell);
    this.choose(Number(cell.dataset.seat));
  }

  /** Or not any more, if it has been. Nothing is chosen of which nobody knows yet whether it is free. */
  choose(number) {
    const seat = this.#seats.get(number);
    if (this.#locked || !seat) return;
    if (this.#chosen.has(number)) {
      this.#chosen.delete(number);
    } else if (seat.status !== 'AVAILABLE') {
      this.#on.refused(`${this.#name(number)}: ${say(seat.status)}`);
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
      this.choose(number);
      return;
    }
    const target = this.#cells.get(this.#towards(event, number));
    if (target) {
      event.preventDefault();
      this.#focus(target);
    }
  }

  #towards(event, number) {
    const at = this.#rows.findIndex((row) => row.some((seat) => seat.number === number));
    const row = this.#rows[at];
    const numbers = [...this.#cells.keys()];
    switch (event.key) {
      case 'ArrowRight': return numbers[numbers.indexOf(number) + 1];
      case 'ArrowLeft': return numbers[numbers.indexOf(number) - 1];
      case 'ArrowDown': return this.#beside(this.#rows[at + 1], row, number);
      case 'ArrowUp': return this.#beside(this.#rows[at - 1], row, number);
      case 'Home': return event.ctrlKey ? numbers[0] : row[0].number;
      case 'End': return event.ctrlKey ? numbers.at(-1) : row.at(-1).number;
      default: return undefined;
    }
  }

  // The seat in front or behind, or the one next to that.
  #beside(other, row, number) {
    const { column } = row.find((seat) => seat.number === number);
    const far = (seat) => Math.abs(seat.column - column);
    return other?.reduce((best, seat) => (far(seat) < far(best) ? seat : best)).number;
  }

  #focus(cell) {
    for (const other of this.#cells.values()) other.tabIndex = -1;
    cell.tabIndex = 0;
    cell.focus();
  }
}
