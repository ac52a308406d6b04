// A VU, as the main thread sees it.
import assert from 'node:assert/strict';
import { MessageChannel, Worker } from 'node:worker_threads';
import { Turns, VU } from './turns.js';

const THREAD = new URL('./thread.js', import.meta.url);

export class Vu {
  constructor(test) {
    const { port1, port2 } = new MessageChannel();
    const turn = new Int32Array(new SharedArrayBuffer(4)).fill(VU);
    const workerData = { id: ++test.vus, script: test.script, time: test.clock.shared, port: port2, turn };
    new Worker(THREAD, { workerData, transferList: [port2] });
    Object.assign(this, { test, turns: new Turns({ turn, port: port1 }, VU), iteration: 0, isBusy: false });
    this.loaded = test.clock.hear(this.turns).then(outcomeOf);
  }

  async iterate(scenario) {
    this.isBusy = true;
    await this.call(scenario.exec, this.test.data, scenario);
    this.iteration += 1;
    this.isBusy = false;
  }

  async call(name, argument, scenario) {
    const { clock, send, samples } = this.test;
    await this.loaded;
    this.turns.say({ name, argument, scenario, iteration: this.iteration });
    let wish = await clock.hear(this.turns);
    while (!wish.outcome) {
      this.turns.say(wish.requests ? await Promise.all(wish.requests.map(send)) : await clock.sleep(wish.millis));
      wish = await clock.hear(this.turns);
    }
    const { result, measured } = outcomeOf(wish);
    samples.push(...measured);
    return JSON.parse(result ?? 'null');
  }
}

function outcomeOf({ outcome }) {
  assert(!outcome.failure, outcome.failure);
  return outcome;
}
