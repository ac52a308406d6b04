// Where each seat of a house is, and what has become of it: benches of a plan, and two bits for each seat.
import { say } from './words.js';

const STATES = ['AVAILABLE', 'HELD', 'SOLD', 'BLOCKED'];
const UNKNOWN = STATES.length;

const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

export class Plan {
  constructor({ benches }, prices) {
    const last = benches.at(-1);
    this.seatCount = last.firstSeat + last.seats - 1;
    this.prices = prices;
    this.states = new Uint8Array(this.seatCount + 1).fill(UNKNOWN);
    this.benches = benches;
    this.#number();
    this.sections = this.#sections();
  }

  #number() {
    this.x = new Float32Array(this.seatCount + 1);
    this.y = new Float32Array(this.seatCount + 1);
    this.benchOf = new Array(this.seatCount + 1);
    for (const bench of this.benches) {
      for (let i = 0; i < bench.seats; i++) {
        this.benchOf[bench.firstSeat + i] = bench;
        this.x[bench.firstSeat + i] = bench.x + i * bench.stepX;
        this.y[bench.firstSeat + i] = bench.y + i * bench.stepY;
      }
    }
  }

  #sections() {
    const sections = new Map();
    for (const bench of this.benches) {
      if (!sections.has(bench.section)) sections.set(bench.section, { name: bench.section, category: bench.category, standing: bench.standing, benches: [] });
      sections.get(bench.section).benches.push(bench);
    }
    for (const section of sections.values()) this.#shape(section);
    return [...sections.values()];
  }

  // A standing place has no seats to stand where they are: it is a square as large as its people are many.
  #shape(section) {
    const side = section.standing ? Math.sqrt(section.benches[0].seats) / 4 : 0.5;
    const ends = section.benches.flatMap((bench) => [bench.firstSeat, bench.firstSeat + bench.seats - 1]);
    const xs = ends.map((seat) => this.x[seat]);
    const ys = ends.map((seat) => this.y[seat]);
    section.box = { left: Math.min(...xs) - side, right: Math.max(...xs) + side, top: Math.min(...ys) - side, bottom: Math.max(...ys) + side };
    section.middle = { x: (section.box.left + section.box.right) / 2, y: (section.box.top + section.box.bottom) / 2 };
    const rims = (of) => section.benches.map(of).map((seat) => [this.x[seat], this.y[seat]]);
    section.outline = section.standing
      ? [[section.box.left, section.box.top], [section.box.right, section.box.top], [section.box.right, section.box.bottom], [section.box.left, section.box.bottom]]
      : [...rims((bench) => bench.firstSeat), ...rims((bench) => bench.firstSeat + bench.seats - 1).reverse()];
  }

  /** Takes in what is told of the states; the numbers of the seats that are another than before. */
  learn(told) {
    const changed = [];
    const set = (seat, state) => {
      if (this.states[seat] === state) return;
      this.states[seat] = state;
      changed.push(seat);
    };
    if (told.seats !== undefined) {
      const bits = bytes(told.seats);
      for (let seat = 1; seat <= this.seatCount; seat++) set(seat, bits[(seat - 1) >> 2] >> (6 - ((seat - 1) & 3) * 2) & 3);
    } else {
      const changes = bytes(told.changes);
      for (let i = 0; i < changes.length; i += 3) {
        const change = changes[i] << 16 | changes[i + 1] << 8 | changes[i + 2];
        set(change >> 2, change & 3);
      }
    }
    return changed;
  }

  seat(number) {
    return { number, status: STATES[this.states[number]], price: this.prices[this.benchOf[number].category] };
  }

  free(section) {
    let free = 0;
    for (const bench of section.benches) for (let i = 0; i < bench.seats; i++) free += this.states[bench.firstSeat + i] === 0;
    return free;
  }

  /** Rows of a section as a grid shows them: benches of one row side by side, each where it stands. */
  rows(section) {
    const [first] = section.benches;
    const along = (bench) => Math.round((bench.x - first.x) * first.stepX + (bench.y - first.y) * first.stepY);
    const left = Math.min(...section.benches.map(along));
    const rows = new Map();
    for (const bench of section.benches) {
      if (!rows.has(bench.row)) rows.set(bench.row, { name: bench.row, parts: [] });
      const seats = Array.from({ length: bench.seats }, (_, i) => ({ number: bench.firstSeat + i, label: bench.labels?.[i] ?? String(i + 1) }));
      rows.get(bench.row).parts.push({ column: along(bench) - left, seats });
    }
    return [...rows.values()];
  }

  isAccessible(number) {
    return this.benchOf[number].accessible?.includes(number) ?? false;
  }

  /** As many free seats that are nearest to those, other than what is chosen already. */
  nearest(to, chosen) {
    const middle = to.reduce((sum, seat) => ({ x: sum.x + this.x[seat] / to.length, y: sum.y + this.y[seat] / to.length }), { x: 0, y: 0 });
    const distance = (seat) => (this.x[seat] - middle.x) ** 2 + (this.y[seat] - middle.y) ** 2;
    const free = [];
    for (let seat = 1; seat <= this.seatCount; seat++) if (this.states[seat] === 0 && !chosen.includes(seat)) free.push(seat);
    return free.sort((a, b) => distance(a) - distance(b)).slice(0, to.length).sort((a, b) => a - b);
  }

  place(number) {
    const bench = this.benchOf[number];
    return { section: bench.section, row: bench.row, seat: bench.labels?.[number - bench.firstSeat] ?? String(number - bench.firstSeat + 1) };
  }
}

/** A house without a plan: rows of ten. */
export function rowsOfTen(seatCount, price) {
  const benches = Array.from({ length: Math.ceil(seatCount / 10) }, (_, i) => ({
    firstSeat: i * 10 + 1, seats: Math.min(10, seatCount - i * 10), section: '', row: String(i + 1),
    labels: Array.from({ length: 10 }, (_, k) => String(i * 10 + k + 1)), category: '', standing: false, x: -4.5, y: i + 1, stepX: 1, stepY: 0 }));
  return new Plan({ benches }, { '': price });
}

/** Where a ticket lets one in, in a word or in a sentence. */
export function nameOf(number, place) {
  if (!place?.section) return String(number);
  return place.row === undefined ? place.section : `${place.section} · ${place.row} · ${place.seat}`;
}

export function sayPlace(number, place) {
  if (!place?.section) return say('seat', { number });
  return say(place.row === undefined ? 'standingIn' : 'seatIn', place);
}
