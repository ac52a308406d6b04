import { record, vu } from './vu.js';

function kind(type) {
  return class {
    constructor(name, isTime) {
      if (vu.scenario !== undefined) {
        throw new Error('metrics must be declared in the init context');
      }
      if (!/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(name)) {
        throw new Error(`invalid metric name ${name}`);
      }
      vu.declared[name] = type;
      this.name = name;
      this.isTime = isTime === true;
    }

    add(value, tags) {
      if (vu.scenario === undefined) {
        throw new Error(`${this.name}: adding to a metric in the init context is not supported`);
      }
      if (typeof value !== 'boolean' && !Number.isFinite(value)) {
        throw new Error(`${this.name}: ${value} is no number`);
      }
      record(this.name, type, Number(value), tags);
    }
  };
}

export const Counter = kind('counter');
export const Gauge = kind('gauge');
export const Rate = kind('rate');
export const Trend = kind('trend');
