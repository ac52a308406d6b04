// Draws the last fifteen minutes of a room as SVG: people on the left axis, admissions per minute on the right.

import { count } from './elements.js';
import { minute, say, time } from './words.js';

const NS = 'http://www.w3.org/2000/svg';
const SPAN = 15 * 60 * 1000;
const GAP = 45 * 1000; // no line is drawn over a time that nobody knows
const EDGE = { left: 44, right: 40, top: 10, bottom: 22 };
const HEIGHT = 240;
const NARROW = 420;
export const SERIES = [
  { name: 'waiting', axis: 'people' },
  { name: 'active', axis: 'people' },
  { name: 'admittedLastMinute', axis: 'rate' },
];

function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(NS, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** 1, 2 or 5 times a power of ten, so that no more than four steps reach the top. */
function step(most) {
  const rough = Math.max(most, 4) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  return Math.max(1, [1, 2, 5, 10].find((times) => times * power >= rough) * power);
}

function axis(samples, name) {
  const most = Math.max(1, ...SERIES.filter((s) => s.axis === name).flatMap((s) => samples.map((it) => it[s.name])));
  const each = step(most);
  return { each, top: Math.ceil(most / each) * each };
}

export class Chart {
  #place;
  #samples = [];
  #hidden = new Set();
  #at = null;

  constructor(place) {
    this.#place = place;
    new ResizeObserver(() => this.#draw()).observe(place);
    place.addEventListener('pointermove', (event) => this.#pointAt(event.clientX - place.getBoundingClientRect().left));
    place.addEventListener('pointerleave', () => this.#choose(null));
    place.addEventListener('blur', () => this.#choose(null));
    place.addEventListener('keydown', (event) => this.#key(event));
  }

  show(samples) {
    this.#samples = samples.map((it) => ({ ...it, at: Date.parse(it.at) }));
    if (this.#at >= this.#samples.length) this.#at = null;
    this.#draw();
  }

  toggle(name) {
    if (!this.#hidden.delete(name)) this.#hidden.add(name);
    this.#draw();
  }

  #key(event) {
    const last = this.#samples.length - 1;
    const moves = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };
    if (!(event.key in moves) || last < 0) return;
    event.preventDefault();
    this.#choose(Math.min(last, Math.max(0, (this.#at ?? last) + moves[event.key])));
  }

  #pointAt(x) {
    if (this.#samples.length === 0) return;
    const near = (it) => Math.abs(this.#x(it.at) - x);
    this.#choose(this.#samples.reduce((best, it, i) => (near(it) < near(this.#samples[best]) ? i : best), 0));
  }

  #choose(index) {
    if (index === this.#at) return;
    this.#at = index;
    this.#draw();
  }

  get #width() { return Math.max(280, this.#place.clientWidth); }

  #x(at) {
    const end = this.#samples.at(-1).at;
    return EDGE.left + (1 - (end - at) / SPAN) * (this.#width - EDGE.left - EDGE.right);
  }

  #draw() {
    if (this.#samples.length === 0) {
      this.#place.textContent = say('noHistory');
      return;
    }
    const axes = { people: axis(this.#samples, 'people'), rate: axis(this.#samples, 'rate') };
    const y = (value, name) => HEIGHT - EDGE.bottom - (value / axes[name].top) * (HEIGHT - EDGE.top - EDGE.bottom);
    const picture = svg('svg', { viewBox: `0 0 ${this.#width} ${HEIGHT}`, height: HEIGHT, 'aria-hidden': 'true' });
    this.#grid(picture, axes, y);
    for (const series of SERIES) {
      if (!this.#hidden.has(series.name)) this.#line(picture, series, y);
    }
    if (this.#at != null) this.#cursor(picture, y);
    this.#place.replaceChildren(picture);
    this.#sayIt();
  }

  /** Whoever stands on the chart and has chosen no point is not told every few seconds that it has gone on. */
  #sayIt() {
    if (this.#at == null && document.activeElement === this.#place && this.#place.ariaValueText) return;
    const last = this.#samples.length - 1;
    this.#place.ariaValueMin = 0;
    this.#place.ariaValueMax = last;
    this.#place.ariaValueNow = this.#at ?? last;
    this.#place.ariaValueText = this.#summary();
  }

  #grid(picture, axes, y) {
    const right = this.#width - EDGE.right;
    for (let value = 0; value <= axes.people.top; value += axes.people.each) {
      const at = y(value, 'people');
      picture.append(svg('line', { class: 'grid', x1: EDGE.left, x2: right, y1: at, y2: at }));
      picture.append(svg('text', { x: EDGE.left - 6, y: at + 4, 'text-anchor': 'end' }, count(value)));
    }
    for (let value = 0; value <= axes.rate.top; value += axes.rate.each) {
      picture.append(svg('text', { class: 'rate', x: right + 6, y: y(value, 'rate') + 4 }, count(value)));
    }
    const end = this.#samples.at(-1).at;
    for (let minutes = 0; minutes <= 15; minutes += this.#width < NARROW ? 15 : 5) {
      const at = end - minutes * 60_000;
      const anchor = minutes === 0 ? 'end' : minutes === 15 ? 'start' : 'middle';
      picture.append(svg('text', { x: this.#x(at), y: HEIGHT - 5, 'text-anchor': anchor }, minute(at)));
    }
  }

  #line(picture, series, y) {
    let path = '';
    let before = -Infinity;
    for (const it of this.#samples) {
      path += `${it.at - before > GAP ? 'M' : 'L'}${this.#x(it.at).toFixed(1)} ${y(it[series.name], series.axis).toFixed(1)}`;
      before = it.at;
    }
    picture.append(svg('path', { class: `line ${series.name}`, d: path }));
  }

  #cursor(picture, y) {
    const it = this.#samples[this.#at];
    const x = this.#x(it.at);
    picture.append(svg('line', { class: 'cursor', x1: x, x2: x, y1: EDGE.top, y2: HEIGHT - EDGE.bottom }));
    const shown = SERIES.filter((series) => !this.#hidden.has(series.name));
    for (const series of shown) {
      picture.append(svg('circle', { class: series.name, cx: x, cy: y(it[series.name], series.axis), r: 4 }));
    }
    const left = x > this.#width / 2;
    const box = svg('g', { class: 'tip', transform: `translate(${left ? x - 8 : x + 8} ${EDGE.top + 12})`, 'text-anchor': left ? 'end' : 'start' });
    box.append(svg('text', { class: 'when' }, time(it.at)));
    shown.forEach((series, i) => box.append(
      svg('text', { class: series.name, y: 18 * (i + 1) }, `${say(series.name)} ${count(it[series.name])}`)));
    picture.append(box);
  }

  #summary() {
    const last = this.#samples.at(-1);
    const now = SERIES.map((series) => `${say(series.name)} ${count(last[series.name])}, ${
      say('peak', count(Math.max(...this.#samples.map((it) => it[series.name]))))}`).join('; ');
    return this.#at == null ? now : SERIES.reduce(
      (text, series) => `${text}, ${say(series.name)} ${count(this.#samples[this.#at][series.name])}`, time(this.#samples[this.#at].at));
  }
}
