// Metrics, what is asked of them, and whether it holds; by k6's rules.
import assert from 'node:assert/strict';

const BUILT_IN = { checks: 'rate', dropped_iterations: 'counter', http_req_duration: 'trend', http_reqs: 'counter' };
const sum = (values) => values.reduce((total, value) => total + value, 0);
const mean = (values) => (values.length === 0 ? 0 : sum(values) / values.length);
const AGGREGATES = {
  counter: { count: sum },
  rate: { rate: mean },
  trend: { max: part(100), 'p(95)': part(95), 'p(99)': part(99) },
};

/** As handleSummary gets it. */
export function summary(samples, thresholds, declared) {
  const types = { ...BUILT_IN, ...declared };
  const names = new Set([...Object.keys(thresholds), ...samples.map(({ metric }) => metric)]);
  return Object.fromEntries([...names].map((name) => [name, measured(name, samples, thresholds[name] ?? [], types)]));
}

function measured(name, samples, sources, types) {
  const [, base, tag, wanted] = /^(\w+)(?:\{(\w+):(\w+)\})?$/.exec(name);
  assert(base in types, `there is no metric ${base}`);
  const own = samples.filter(({ metric, tags }) => metric === base && (!tag || tags?.[tag] === wanted));
  const sorted = own.map(({ value }) => value).sort((a, b) => a - b);
  const values = Object.fromEntries(Object.entries(AGGREGATES[types[base]]).map(([aggregate, of]) => [aggregate, of(sorted)]));
  // A counter or a trend without a sample is 0; a rate without one crosses no threshold.
  const isMet = (source) => holds(name, source, values) || (types[base] === 'rate' && sorted.length === 0);
  return { values, thresholds: Object.fromEntries(sources.map((source) => [source, { ok: isMet(source) }])) };
}

function holds(name, source, values) {
  const [, aggregate, comparison] = /^(.*?)((?:<|<=|>|>=|==)\d+(?:\.\d+)?)$/.exec(source) ?? [];
  assert(aggregate in values, `threshold ${name}: ${source} cannot be understood`);
  return new Function('value', `return value ${comparison}`)(values[aggregate]);
}

/** A percentile of values in order. */
function part(percent) {
  return (values) => {
    const rank = (percent / 100) * Math.max(0, values.length - 1);
    const below = values[Math.floor(rank)] ?? 0;
    return below + ((values[Math.ceil(rank)] ?? 0) - below) * (rank - Math.floor(rank));
  };
}
