// Draws what open load was measured: of each kind of request the time that 99 of 100 take, over the rate that was asked for, as
// an SVG for docs/numbers.md, and beside it the same as a table. A chart shows only what stands in the file.
//
//   node load-tests/charts.mjs load-tests/results/<date>-open-load.tsv
//
// Lines of the file: kind, who, offered a second, answered a second, then of the times p50, p99, p99.9 in ms, and failures. Needs Node 18.
import {readFileSync, writeFileSync, mkdirSync} from 'node:fs';
import {dirname, join, basename} from 'node:path';
import {fileURLToPath} from 'node:url';

const file = process.argv[2];
if (!file) {
  console.error('which file?');
  process.exit(2);
}
const docs = process.argv[3] ?? join(dirname(fileURLToPath(import.meta.url)), '..', 'docs');
const KINDS = {poll: 'Polls', join: 'Joins', forward: 'Forwarded requests', journey: 'Purchases (hold and pay)'};
const WIDTH = 720, HEIGHT = 400, LEFT = 64, RIGHT = 24, TOP = 48, BOTTOM = 48;
const DASHES = ['', '7 4', '2 4', '10 3 2 3', '1 3'];

const points = readFileSync(file, 'utf8').split('\n').filter(line => line && !line.startsWith('#')).map(line => {
  const [kind, who, offered, answered, p50, p99, p999, failed] = line.split('\t');
  return {kind, who, offered: +offered, answered: +answered, p50: +p50, p99: +p99, p999, failed: +failed};
});
const grouped = (all, key) => Map.groupBy ? Map.groupBy(all, key) : all.reduce((groups, one) => groups.set(key(one), [...(groups.get(key(one)) ?? []), one]), new Map());
const escaped = text => text.replace(/[&<>"]/g, sign => ({'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;'})[sign]);
const short = value => value >= 1000 ? `${value / 1000}k` : `${value}`;
const inWords = value => value.toLocaleString('en');

function step(most) { // of a scale with four to eight marks
  const size = 10 ** Math.floor(Math.log10(most / 4));
  return [1, 2, 5, 10].map(times => times * size).find(each => most / each <= 8);
}

function description(lines) {
  return [...lines].map(([who, all]) => {
    const last = all.at(-1);
    const first = all[0];
    const end = last.answered < last.offered * 0.9 ? `answers no more than ${inWords(Math.max(...all.map(one => one.answered)))} a second` : `answers all of ${inWords(last.offered)} a second, the most that was tried`;
    return `${who}: 99 of 100 within ${first.p99} ms at ${inWords(first.offered)} a second; ${end}, then within ${last.p99} ms.`;
  }).join(' ');
}

function chart(kind, all) {
  const lines = grouped(all, one => one.who);
  const mostRate = Math.max(...all.map(one => one.offered));
  const times = all.map(one => one.p99).filter(time => time > 0);
  const low = Math.floor(Math.log10(Math.min(...times))), high = Math.ceil(Math.log10(Math.max(...times)));
  const x = rate => LEFT + (WIDTH - LEFT - RIGHT) * rate / mostRate;
  const y = time => HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (Math.log10(time) - low) / Math.max(1, high - low);
  const marks = [];
  for (let power = low; power <= high; power++) {
    const at = y(10 ** power);
    marks.push(`<path class="grid" d="M${LEFT} ${at.toFixed(1)}H${WIDTH - RIGHT}"/><text x="${LEFT - 8}" y="${(at + 4).toFixed(1)}" text-anchor="end">${10 ** power} ms</text>`);
  }
  for (let rate = 0; rate <= mostRate; rate += step(mostRate)) {
    marks.push(`<text x="${x(rate).toFixed(1)}" y="${HEIGHT - BOTTOM + 20}" text-anchor="middle">${short(rate)}</text>`);
  }
  let key = LEFT;
  const drawn = [...lines].map(([who, some], index) => {
    const path = some.map((one, i) => `${i ? 'L' : 'M'}${x(one.offered).toFixed(1)} ${y(one.p99).toFixed(1)}`).join('');
    const dots = some.map(one => `<circle cx="${x(one.offered).toFixed(1)}" cy="${y(one.p99).toFixed(1)}" r="${one.answered < one.offered * 0.9 ? 5 : 3}"/>`).join('');
    const at = key;
    key += 48 + who.length * 6.6;
    return `<g class="line l${index}"><path d="${path}" stroke-dasharray="${DASHES[index]}"/>${dots}` +
      `<path d="M${at} 34h24" stroke-dasharray="${DASHES[index]}"/><text x="${at + 30}" y="38">${escaped(who)}</text></g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="title what">
<title id="title">${escaped(KINDS[kind])}: time over rate</title>
<desc id="what">${escaped(description(lines))}</desc>
<style>
text { font: 12px system-ui, sans-serif; fill: #1c2230; } .head { font-size: 15px; font-weight: 600; } .paper { fill: #fff; } .grid { stroke: #c9d0dc; fill: none; }
.line path { fill: none; stroke-width: 2; } .l0 path, .l0 circle { stroke: #1f5fbf; } .l1 path, .l1 circle { stroke: #a8460b; } .l2 path, .l2 circle { stroke: #1d7a3e; } .l3 path, .l3 circle { stroke: #8a2a7f; }
.l0 circle { fill: #1f5fbf; } .l1 circle { fill: #a8460b; } .l2 circle { fill: #1d7a3e; } .l3 circle { fill: #8a2a7f; }
@media (prefers-color-scheme: dark) { text { fill: #e7eaf1; } .paper { fill: #12161e; } .grid { stroke: #3a4457; }
.l0 path, .l0 circle { stroke: #7fb0ff; } .l1 path, .l1 circle { stroke: #ffab7a; } .l2 path, .l2 circle { stroke: #7fd99b; } .l3 path, .l3 circle { stroke: #f0a3e6; }
.l0 circle { fill: #7fb0ff; } .l1 circle { fill: #ffab7a; } .l2 circle { fill: #7fd99b; } .l3 circle { fill: #f0a3e6; } }
</style>
<rect class="paper" width="${WIDTH}" height="${HEIGHT}"/>
<text class="head" x="${LEFT}" y="18">${escaped(KINDS[kind])}: within what time 99 of 100 are answered</text>
${marks.join('\n')}
<text x="${WIDTH - RIGHT}" y="${HEIGHT - 8}" text-anchor="end">asked for in a second; a large dot: fewer were answered</text>
${drawn.join('\n')}
</svg>
`;
}

mkdirSync(join(docs, 'charts'), {recursive: true});
const page = [];
for (const [kind, all] of grouped(points.filter(one => one.kind in KINDS), one => one.kind)) {
  writeFileSync(join(docs, 'charts', `${kind}.svg`), chart(kind, all));
  const lines = grouped(all, one => one.who);
  const rates = [...new Set(all.map(one => one.offered))].sort((one, other) => one - other);
  const cell = (some, rate) => {
    const one = some.find(point => point.offered === rate);
    return one ? `${one.p50} / ${one.p99}${one.answered < one.offered * 0.9 ? ` (${inWords(one.answered)})` : ''}` : '';
  };
  page.push(`### ${KINDS[kind]}`, '', `![${description(lines).replace(/[[\]]/g, '')}](charts/${kind}.svg)`, '',
    `| half / 99 of 100 within, ms; in brackets how many were answered where not all were | ${rates.map(rate => `${inWords(rate)}/s`).join(' | ')} |`, `|---|${rates.map(() => '---').join('|')}|`,
    ...[...lines].map(([who, some]) => `| ${who} | ${rates.map(rate => cell(some, rate)).join(' | ')} |`), '');
}
const path = join(docs, 'numbers.md');
const text = readFileSync(path, 'utf8');
const begin = '<!-- charts: written by load-tests/charts.mjs -->', end = '<!-- end of charts -->';
if (!text.includes(begin)) {
  console.error(`${path} has no place for charts`);
  process.exit(1);
}
writeFileSync(path, text.replace(new RegExp(`${begin}[\\s\\S]*${end}`), () => `${begin}\nFrom [${basename(file)}](../load-tests/results/${basename(file)}).\n\n${page.join('\n')}\n${end}`));
