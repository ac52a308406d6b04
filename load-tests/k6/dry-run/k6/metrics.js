import assert from 'node:assert/strict';
import { record, vu } from '../thread.js';

const kind = (type) =>
  class {
    constructor(name) {
      assert.match(name, /^[A-Za-z_]\w{0,127}$/);
      assert(!vu.scenario, `${name}: metrics are declared in the init context`);
      vu.declared[name] = type;
      this.name = name;
    }

    add(value, tags) {
      assert(vu.scenario, `${this.name}: nothing can be added in the init context`);
      assert(Number.isFinite(value), `${this.name}: ${value} is no number`);
      record(this.name, value, tags);
    }
  };

export const Counter = kind('counter');
export const Trend = kind('trend');
