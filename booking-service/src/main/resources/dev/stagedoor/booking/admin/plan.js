// A plan as a picture: a stroke for each bench, in the colour of its category.
import { count, el } from './view.js';
import { say } from './words.js';

const COLOURS = 6;

function svg(tag, attributes, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function stroke(bench, colour) {
  const [dx, dy] = [bench.stepX, bench.stepY];
  const end = bench.standing ? 0 : bench.seats - 1;
  return svg('line', {
    class: colour, 'stroke-width': bench.standing ? 4 : 0.8,
    x1: bench.x - dx * 0.4, y1: bench.y - dy * 0.4, x2: bench.x + dx * (end + 0.4), y2: bench.y + dy * (end + 0.4),
  });
}

export function draw(plan) {
  const categories = [...new Set(plan.benches.map((it) => it.category))];
  const colour = (category) => `c${categories.indexOf(category) % COLOURS}`;
  const xs = [-3, 3, ...plan.benches.flatMap((it) => [it.x, it.x + it.stepX * it.seats])];
  const ys = [-2, 1, ...plan.benches.flatMap((it) => [it.y, it.y + it.stepY * it.seats])];
  const [left, top] = [Math.min(...xs) - 2, Math.min(...ys) - 2];
  const seats = (category) => plan.benches.filter((it) => it.category === category).reduce((sum, it) => sum + it.seats, 0);
  return [
    svg('svg', { viewBox: `${left} ${top} ${Math.max(...xs) - left + 2} ${Math.max(...ys) - top + 2}`, role: 'img', 'aria-label': say('preview') },
      svg('rect', { class: 'stage', x: -3, y: -1, width: 6, height: 1.2, rx: 0.3 }),
      ...plan.benches.map((it) => stroke(it, colour(it.category)))),
    el('ul', { class: 'legend' }, ...categories.map((it) => el('li', {},
      svg('svg', { viewBox: '0 0 2 1', 'aria-hidden': 'true' }, svg('line', { class: colour(it), x1: 0, y1: 0.5, x2: 2, y2: 0.5, 'stroke-width': 0.8 })),
      `${it}: ${count(seats(it))}`))),
  ];
}
