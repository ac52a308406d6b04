// Metrics, what is asked of them, and whether it holds; by k6's rules.

const EXPRESSION = /^(count|rate|value|avg|min|max|med|p\((\d+(?:\.\d+)?)\))\s*(<=|>=|<|>|===|==|!=)\s*(-?\d+(?:\.\d+)?)$/;
const SUITABLE = {
  counter: /^(count|rate)$/,
  gauge: /^value$/,
  rate: /^rate$/,
  trend: /^(avg|min|max|med|p\(.*\))$/,
};
const BUILT_IN = {
  checks: 'rate',
  dropped_iterations: 'counter',
  http_req_duration: 'trend',
  http_req_failed: 'rate',
  http_reqs: 'counter',
  iteration_duration: 'trend',
  iterations: 'counter',
};
const COMPARE = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '==': (a, b) => a === b,
  '===': (a, b) => a === b,
  '!=': (a, b) => a !== b,
};

export class Measurements {
  constructor(thresholds, declared) {
    this.types = { ...BUILT_IN, ...declared };
    this.metrics = new Map();
    Object.entries(thresholds).forEach(([name, expressions]) => this.expect(name, expressions));
  }

  expect(name, expressions) {
    const metric = this.metric(name);
    metric.thresholds = expressions.map((source) => {
      const match = EXPRESSION.exec(source);
      if (!match || !SUITABLE[metric.type].test(match[1])) {
        throw new Error(`threshold ${name}: ${source} cannot be understood for a ${metric.type}`);
      }
      return { source, aggregate: match[1], operator: match[3], limit: Number(match[4]) };
    });
  }

  metric(name) {
    if (!this.metrics.has(name)) {
      const [, base, filter] = /^([^{]+)(?:\{(.*)\})?$/.exec(name);
      if (!(base in this.types)) {
        throw new Error(`there is no metric ${base}`);
      }
      this.metrics.set(name, { base, tags: tagsOf(filter), type: this.types[base], values: [], thresholds: [] });
    }
    return this.metrics.get(name);
  }

  add(samples) {
    samples.forEach(({ metric, value, tags }) => {
      this.metric(metric);
      this.metrics.forEach((own) => {
        if (own.base === metric && own.tags.every(([tag, wanted]) => tags[tag] === wanted)) {
          own.values.push(value);
        }
      });
    });
  }

  /** As handleSummary gets it. */
  summary(seconds) {
    const all = {};
    this.metrics.forEach((metric, name) => {
      const values = aggregates(metric, seconds);
      all[name] = { type: metric.type, contains: 'default', values };
      metric.thresholds.forEach(({ source, aggregate, operator, limit }) => {
        // A metric without a single sample crosses no threshold, whatever it says.
        const isMet = metric.values.length === 0 || COMPARE[operator](valueOf(metric, aggregate, values), limit);
        all[name].thresholds = { ...all[name].thresholds, [source]: { ok: isMet } };
      });
    });
    return all;
  }
}

function tagsOf(filter) {
  return filter === undefined ? [] : filter.split(',').map((pair) => pair.split(':').map((part) => part.trim()));
}

function aggregates({ type, values }, seconds) {
  const sum = values.reduce((total, value) => total + value, 0);
  switch (type) {
    case 'counter':
      return { count: sum, rate: sum / seconds };
    case 'gauge':
      return { value: values.at(-1) ?? 0, min: Math.min(...values), max: Math.max(...values) };
    case 'rate':
      return { rate: values.length === 0 ? 0 : sum / values.length, passes: sum, fails: values.length - sum };
    default:
      return trend(values, sum);
  }
}

function trend(values, sum) {
  const sorted = [...values].sort((a, b) => a - b);
  return {
    avg: sorted.length === 0 ? 0 : sum / sorted.length,
    min: sorted[0] ?? 0,
    med: percentile(sorted, 50),
    max: sorted.at(-1) ?? 0,
    'p(90)': percentile(sorted, 90),
    'p(95)': percentile(sorted, 95),
  };
}

function valueOf(metric, aggregate, values) {
  const match = /^p\((.*)\)$/.exec(aggregate);
  return match ? percentile([...metric.values].sort((a, b) => a - b), Number(match[1])) : values[aggregate];
}

function percentile(sorted, percent) {
  if (sorted.length === 0) {
    return 0;
  }
  const rank = (percent / 100) * (sorted.length - 1);
  const below = sorted[Math.floor(rank)];
  return below + (sorted[Math.ceil(rank)] - below) * (rank - Math.floor(rank));
}
