// Metrics, what is asked of them, and whether it holds; by k6's rules.

const BUILT_IN = { checks: 'rate', dropped_iterations: 'counter', http_req_duration: 'trend', http_reqs: 'counter' };
const sum = (values) => values.reduce((total, value) => total + value, 0);
const mean = (values) => (values.length === 0 ? 0 : sum(values) / values.length);
const AGGREGATES = {
  counter: { count: sum },
  rate: { rate: mean },
  trend: { avg: mean, min: part(0), med: part(50), max: part(100), 'p(90)': part(90), 'p(95)': part(95), 'p(99)': part(99) },
};
export class Measurements {
  constructor(thresholds, declared) {
    this.types = { ...BUILT_IN, ...declared };
    this.metrics = {};
    Object.entries(thresholds).forEach(([name, sources]) => {
      const metric = this.metric(name);
      metric.thresholds = sources.map((source) => understood(source, name, metric.aggregates));
    });
  }

  metric(name) {
    const [, base, filter] = /^([^{]+)(?:\{(.*)\})?$/.exec(name);
    if (!(base in this.types)) {
      throw new Error(`there is no metric ${base}`);
    }
    const aggregates = AGGREGATES[this.types[base]];
    this.metrics[name] ??= { base, tag: filter?.split(':'), aggregates, values: [], thresholds: [] };
    return this.metrics[name];
  }

  add(samples) {
    samples.forEach(({ metric, value, tags }) => {
      this.metric(metric);
      Object.values(this.metrics)
        .filter(({ base, tag }) => base === metric && (!tag || tags?.[tag[0]] === tag[1]))
        .forEach(({ values }) => values.push(value));
    });
  }

  /** As handleSummary gets it. */
  summary() {
    return mapped(this.metrics, ({ aggregates, values, thresholds }) => {
      values.sort((a, b) => a - b);
      const found = mapped(aggregates, (aggregate) => aggregate(values));
      // A metric without a single sample crosses no threshold, whatever it says.
      const met = thresholds.map(({ source, aggregate, holds }) => [source, { ok: values.length === 0 || holds(found[aggregate]) }]);
      return { values: found, thresholds: Object.fromEntries(met) };
    });
  }
}

function understood(source, name, aggregates) {
  const [, aggregate, comparison] = /^(.*?)((?:<|<=|>|>=|==)\d+(?:\.\d+)?)$/.exec(source) ?? [];
  if (!(aggregate in aggregates)) {
    throw new Error(`threshold ${name}: ${source} cannot be understood`);
  }
  return { source, aggregate, holds: new Function('value', `return value ${comparison}`) };
}

/** A percentile of values in order. */
function part(percent) {
  return (values) => {
    const rank = (percent / 100) * Math.max(0, values.length - 1);
    const below = values[Math.floor(rank)] ?? 0;
    return below + ((values[Math.ceil(rank)] ?? 0) - below) * (rank - Math.floor(rank));
  };
}

function mapped(object, change) {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}
