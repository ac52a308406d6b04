// The VUs, as the main thread sees them.
import { MessageChannel, Worker } from 'node:worker_threads';
import { Turns, VU } from './turns.js';

const THREAD = new URL('./thread.js', import.meta.url);

export class Crew {
  constructor(script, clock, send) {
    Object.assign(this, { script, clock, send, hired: 0, data: undefined, measurements: undefined });
  }

  hire() {
    this.hired += 1;
    return new Vu(this, this.hired);
  }
}

class Vu {
  constructor(crew, id) {
    const { port1, port2 } = new MessageChannel();
    const turn = new Int32Array(new SharedArrayBuffer(4)).fill(VU);
    const workerData = { id, script: crew.script, time: crew.clock.shared, port: port2, turn };
    new Worker(THREAD, { workerData, transferList: [port2] });
    this.crew = crew;
    this.turns = new Turns({ turn, port: port1 }, VU);
    this.loaded = outcomeOf(this.turns.hear()).result;
    this.iteration = 0;
    this.isBusy = false;
  }

  async iterate(scenario) {
    this.isBusy = true;
    await this.call(scenario.exec, this.crew.data, scenario);
    this.iteration += 1;
    this.isBusy = false;
  }

  async call(name, argument, scenario) {
    const { clock, send, measurements } = this.crew;
    let wish = this.turns.say({ name, argument, scenario, iteration: this.iteration });
    while (!wish.outcome) {
      const granted = wish.requests ? await Promise.all(wish.requests.map(send)) : await clock.sleep(wish.millis);
      wish = this.turns.say(granted);
    }
    const { result, samples } = outcomeOf(wish);
    measurements.add(samples);
    return JSON.parse(result ?? 'null');
  }
}

function outcomeOf({ outcome }) {
  if (outcome.failure) {
    throw new Error(outcome.failure);
  }
  return outcome;
}
