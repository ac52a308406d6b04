import { record, vu } from '../thread.js';

const kind = (type) =>
  class {
    constructor(name) {
      if (vu.scenario !== undefined || !/^[A-Za-z_]\w{0,127}$/.test(name)) {
        throw new Error(`${name}: metrics are declared in the init context, by a name of letters`);
      }
      vu.declared[name] = type;
      this.name = name;
    }

    add(value, tags) {
      if (vu.scenario === undefined || !Number.isFinite(value)) {
        throw new Error(`${this.name}: ${value} is no number, or it is added in the init context`);
      }
      record(this.name, value, tags);
    }
  };

export const Counter = kind('counter');
export const Trend = kind('trend');
