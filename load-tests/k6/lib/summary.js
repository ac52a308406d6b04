// What a run leaves behind: a page to read, and the same as JSON.
import { text } from './settings.js';

const directory = text('SUMMARY_DIR', '.');

export function summarise(name) {
  return (data) => {
    const result = conclude(name, data);
    const files = { stdout: page(result) };
    files[`${directory}/${name}.json`] = JSON.stringify(result, null, 2);
    return files;
  };
}

function conclude(name, data) {
  const metrics = {};
  const crossed = [];
  Object.keys(data.metrics)
    .sort()
    .forEach((metric) => {
      const { values, thresholds } = data.metrics[metric];
      metrics[metric] = inOrder(values);
      Object.keys(thresholds || {})
        .filter((threshold) => !thresholds[threshold].ok)
        .forEach((threshold) => crossed.push(`${metric}: ${threshold}`));
    });
  return {
    scenario: name,
    seconds: Math.round(data.state.testRunDurationMs / 1000),
    verdict: crossed.length === 0 ? 'held' : 'broken',
    crossed: crossed,
    soldTwice: moreThanOnce(metrics),
    metrics: metrics,
  };
}

/** k6 gives them in another order each time. */
function inOrder(values) {
  const ordered = {};
  Object.keys(values)
    .sort()
    .forEach((value) => (ordered[value] = values[value]));
  return ordered;
}

/** What no VU could see by itself: a seat that two of them hold or have paid. */
function moreThanOnce(metrics) {
  return Object.keys(metrics).filter((metric) => /^(seats_held|tickets_paid)\{/.test(metric) && metrics[metric].count > 1);
}

function page(result) {
  const lines = [`${result.scenario}: ${result.verdict}, ${result.seconds} s`];
  result.crossed.forEach((threshold) => lines.push(`  broken: ${threshold}`));
  Object.keys(result.metrics)
    .filter((metric) => metric.indexOf('{seat:') < 0)
    .forEach((metric) => lines.push(`  ${metric.padEnd(40)} ${told(result.metrics[metric])}`));
  return `\n${lines.join('\n')}\n\n`;
}

function told(values) {
  return Object.keys(values)
    .map((value) => `${value}=${Math.round(values[value] * 1000) / 1000}`)
    .join('  ');
}
