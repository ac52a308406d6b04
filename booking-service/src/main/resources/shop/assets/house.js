// A large house, drawn: its sections first, and from near its seats. Wheel, pinch and drag move it; whoever has no pointer goes by section, row and seat.
import { element, make, money, number as written, say } from './words.js';

const SEATS_FROM = 5; // so many pixels a seat: below that only sections are drawn
const NEAREST = 36;

export class House {
  #canvas;
  #pen;
  #plan;
  #on;
  #look;
  #view = { x: 0, y: 0, scale: 1 };
  #fingers = new Map();
  #moved = 0;
  #isDue = false;
  #free = new Map();

  /** @param on what to do when a `section` or a `seat` is pointed at; `look` says how a seat looks */
  constructor(canvas, on, look) {
    this.#canvas = canvas;
    this.#pen = canvas.getContext('2d');
    this.#on = on;
    this.#look = look;
    canvas.addEventListener('wheel', (event) => this.#wheeled(event), { passive: false });
    canvas.addEventListener('pointerdown', (event) => this.#down(event));
    canvas.addEventListener('pointermove', (event) => this.#move(event));
    for (const kind of ['pointerup', 'pointercancel']) canvas.addEventListener(kind, (event) => this.#up(event));
    for (const button of ['nearer', 'farther']) element(button).ariaLabel = say(button);
    element('nearer').addEventListener('click', () => this.#zoom(1.6));
    element('farther').addEventListener('click', () => this.#zoom(1 / 1.6));
    element('whole').addEventListener('click', () => this.#showAll());
    new ResizeObserver(() => this.draw()).observe(canvas);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.draw());
  }

  open(plan) {
    this.#plan = plan;
    this.#showAll();
  }

  #showAll() {
    const boxes = this.#plan.sections.map((section) => section.box);
    this.#fit({ left: Math.min(...boxes.map((box) => box.left)), right: Math.max(...boxes.map((box) => box.right)),
      top: Math.min(-3, ...boxes.map((box) => box.top)), bottom: Math.max(...boxes.map((box) => box.bottom)) });
  }

  /** Goes near enough to a section that its seats are seen. */
  go(section) {
    this.#fit(section.box, SEATS_FROM + 1);
  }

  #fit(box, atLeast = 0) {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    const scale = Math.min(width / (box.right - box.left + 2), height / (box.bottom - box.top + 2));
    this.#view = { x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2, scale: Math.min(NEAREST, Math.max(scale, atLeast)) };
    this.draw();
  }

  draw() {
    if (this.#isDue || !this.#plan) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      this.#paint();
    });
  }

  /** Seats have become something else. */
  changed() {
    this.#free.clear();
    this.draw();
  }

  #paint() {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    const dots = Math.min(2, devicePixelRatio);
    const size = { width: Math.round(width * dots), height: Math.round(height * dots) };
    if (this.#canvas.width !== size.width || this.#canvas.height !== size.height) Object.assign(this.#canvas, size);
    const { x, y, scale } = this.#view;
    const styles = getComputedStyle(this.#canvas);
    const ink = (name) => styles.getPropertyValue(`--${name}`);
    this.#pen.setTransform(1, 0, 0, 1, 0, 0);
    this.#pen.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    this.#pen.setTransform(scale * dots, 0, 0, scale * dots, (width / 2 - x * scale) * dots, (height / 2 - y * scale) * dots);
    this.#stage(ink);
    const seen = { left: x - width / 2 / scale, right: x + width / 2 / scale, top: y - height / 2 / scale, bottom: y + height / 2 / scale };
    const isSeen = ({ box }) => box.left < seen.right && box.right > seen.left && box.top < seen.bottom && box.bottom > seen.top;
    for (const section of this.#plan.sections.filter(isSeen)) {
      if (scale < SEATS_FROM || section.standing) this.#section(section, ink);
      else this.#seats(section, ink, seen);
    }
  }

  #stage(ink) {
    this.#pen.fillStyle = ink('soft');
    this.#pen.fillRect(-6, -2.5, 12, 2);
  }

  #share(section) {
    if (!this.#free.has(section)) {
      const all = section.benches.reduce((sum, bench) => sum + bench.seats, 0);
      this.#free.set(section, this.#plan.free(section) / all);
    }
    return this.#free.get(section);
  }

  // The more is free, the more of it is filled.
  #section(section, ink) {
    const pen = this.#pen;
    pen.beginPath();
    section.outline.forEach(([x, y], i) => (i === 0 ? pen.moveTo(x, y) : pen.lineTo(x, y)));
    pen.closePath();
    pen.globalAlpha = 0.12 + 0.6 * this.#share(section);
    pen.fillStyle = this.#share(section) > 0 ? ink('accent') : ink('gone');
    pen.fill();
    pen.globalAlpha = 1;
    pen.lineWidth = 1.5 / this.#view.scale;
    pen.strokeStyle = ink('accent');
    pen.stroke();
    pen.font = `600 ${12 / this.#view.scale}px system-ui`;
    pen.textAlign = 'center';
    pen.textBaseline = 'middle';
    pen.fillStyle = ink('ink');
    if ((section.box.right - section.box.left) * this.#view.scale > 20) pen.fillText(section.name, section.middle.x, section.middle.y);
  }

  // Free: a square. Chosen: filled, with a ring. Held: half of one. Sold: a dot. So nobody needs colours to tell them apart.
  #seats(section, ink, seen) {
    const pen = this.#pen;
    const { x, y } = this.#plan;
    const by = { AVAILABLE: [], HELD: [], SOLD: [], BLOCKED: [], CHOSEN: [], MINE: [] };
    for (const bench of section.benches) {
      for (let seat = bench.firstSeat; seat < bench.firstSeat + bench.seats; seat++) {
        if (x[seat] > seen.left - 1 && x[seat] < seen.right + 1 && y[seat] > seen.top - 1 && y[seat] < seen.bottom + 1) by[this.#look(seat)].push(seat);
      }
    }
    pen.fillStyle = ink('accent');
    for (const seat of by.AVAILABLE) pen.fillRect(x[seat] - 0.38, y[seat] - 0.38, 0.76, 0.76);
    pen.fillStyle = ink('soft');
    for (const seat of by.HELD) pen.fillRect(x[seat] - 0.38, y[seat], 0.76, 0.38);
    for (const seat of [...by.SOLD, ...by.BLOCKED]) pen.fillRect(x[seat] - 0.1, y[seat] - 0.1, 0.2, 0.2);
    pen.fillStyle = ink('ink');
    pen.strokeStyle = ink('hot');
    pen.lineWidth = 0.14;
    for (const seat of [...by.CHOSEN, ...by.MINE]) {
      pen.fillRect(x[seat] - 0.3, y[seat] - 0.3, 0.6, 0.6);
      pen.strokeRect(x[seat] - 0.44, y[seat] - 0.44, 0.88, 0.88);
    }
  }

  // ── pointers ──────────────────────────────────────────────────────────────────────────────────

  #at(event) {
    const box = this.#canvas.getBoundingClientRect();
    const { x, y, scale } = this.#view;
    return { x: x + (event.clientX - box.left - box.width / 2) / scale, y: y + (event.clientY - box.top - box.height / 2) / scale };
  }

  // What is under the pointer stays there.
  #zoom(by, under = this.#view) {
    const scale = Math.min(NEAREST, Math.max(0.5, this.#view.scale * by));
    const kept = this.#view.scale / scale;
    this.#view = { scale, x: under.x + (this.#view.x - under.x) * kept, y: under.y + (this.#view.y - under.y) * kept };
    this.draw();
  }

  #wheeled(event) {
    event.preventDefault();
    this.#zoom(Math.exp(-event.deltaY / 300), this.#at(event));
  }

  #down(event) {
    if (event.button !== 0) return; // that is for the menu, which takes the rest of it
    this.#canvas.setPointerCapture(event.pointerId);
    if (this.#fingers.size === 0) this.#moved = 0;
    this.#fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  }

  #move(event) {
    const before = this.#fingers.get(event.pointerId);
    if (!before) return;
    const now = { x: event.clientX, y: event.clientY };
    const other = [...this.#fingers.entries()].find(([id]) => id !== event.pointerId)?.[1];
    this.#moved += Math.hypot(now.x - before.x, now.y - before.y);
    this.#fingers.set(event.pointerId, now);
    if (other) {
      const apart = (finger) => Math.hypot(finger.x - other.x, finger.y - other.y);
      this.#zoom(apart(now) / Math.max(1, apart(before)), this.#at({ clientX: (now.x + other.x) / 2, clientY: (now.y + other.y) / 2 }));
    } else {
      this.#view.x -= (now.x - before.x) / this.#view.scale;
      this.#view.y -= (now.y - before.y) / this.#view.scale;
      this.draw();
    }
  }

  #up(event) {
    const wasAlone = this.#fingers.size === 1;
    if (!this.#fingers.delete(event.pointerId) || !wasAlone || this.#moved > 8 || event.type === 'pointercancel') return;
    this.#pointed(this.#at(event));
  }

  #pointed({ x, y }) {
    const section = this.#plan.sections.find(({ box }) => x >= box.left && x <= box.right && y >= box.top && y <= box.bottom);
    if (!section) return;
    if (this.#view.scale < SEATS_FROM || section.standing) {
      this.#on.section(section);
      return;
    }
    const seat = this.#seatAt(x, y);
    if (seat) this.#on.seat(seat);
    else this.#on.section(section);
  }

  #seatAt(x, y) {
    let nearest = 0;
    let distance = 0.5;
    for (let seat = 1; seat <= this.#plan.seatCount; seat++) {
      const far = Math.hypot(this.#plan.x[seat] - x, this.#plan.y[seat] - y);
      if (far < distance) [nearest, distance] = [seat, far];
    }
    return nearest;
  }
}

/** The sections to choose from, with what is free in them. */
export function sectionChoices(plan, before) {
  return plan.sections.map((section) => {
    const option = make('option', { value: section.name },
      say('sectionChoice', { section: section.name, price: money(plan.prices[section.category]), left: written(plan.free(section)) }));
    option.selected = section.name === before;
    return option;
  });
}
