// The VUs: threads that stand still while they wait, and what comes back from them.
import { MessageChannel, Worker } from 'node:worker_threads';

const VU = new URL('./vu.js', import.meta.url);

export class Crew {
  constructor(script, clock, send) {
    this.script = script;
    this.clock = clock;
    this.send = send;
    this.members = [];
    this.failures = [];
    this.onSamples = () => {};
  }

  hire() {
    const vu = new Vu(this, this.members.length + 1);
    this.members.push(vu);
    return vu;
  }

  async finish(iterations, seconds, name) {
    let isOver = false;
    const tooLate = new Promise((end) => this.clock.after(seconds * 1000, () => end(!isOver)));
    if (await Promise.race([Promise.all(iterations), tooLate]) === true) {
      this.failures.push(`${name}: iterations were interrupted`);
    }
    isOver = true;
  }

  dropped(scenario) {
    this.onSamples([{ metric: 'dropped_iterations', value: 1, tags: { scenario: scenario.name } }]);
  }

  async dismiss() {
    await Promise.all(this.members.map((vu) => vu.thread.terminate()));
  }
}

class Vu {
  constructor(crew, id) {
    const { port1, port2 } = new MessageChannel();
    const bell = new SharedArrayBuffer(16);
    this.crew = crew;
    this.port = port1;
    this.signal = new Int32Array(bell, 0, 1);
    this.time = new Float64Array(bell, 8, 1);
    this.isBusy = false;
    this.iteration = 0;
    this.thread = new Worker(VU, {
      workerData: { id, script: crew.script, environment: { ...process.env }, main: port2, bell },
      transferList: [port2],
    });
    this.thread.on('error', (e) => this.answered({ failure: e.stack || String(e), samples: [] }));
    this.thread.on('message', (outcome) => this.answered(outcome));
    port1.on('message', (wish) => this.serve(wish));
  }

  /** Whoever waits, for an answer or for a while, has nothing to do meanwhile. */
  async serve({ requests, millis }) {
    const { clock } = this.crew;
    clock.ended();
    if (requests) {
      this.goOn(await Promise.all(requests.map((request) => this.crew.send(request, this))));
    } else {
      clock.after(millis, () => this.goOn(null));
    }
  }

  goOn(answer) {
    this.crew.clock.began();
    this.tell();
    this.port.postMessage(answer);
    Atomics.store(this.signal, 0, 1);
    Atomics.notify(this.signal, 0);
  }

  /** What time it is. */
  tell() {
    this.time[0] = this.crew.clock.now();
  }

  call(name, argument, scenario) {
    return new Promise((done) => {
      this.done = done;
      this.crew.clock.began();
      this.tell();
      this.thread.postMessage({ call: name, argument, scenario, iteration: this.iteration });
    });
  }

  async iterate(scenario) {
    this.isBusy = true;
    await this.call(scenario.exec, this.crew.setupData, scenario);
    this.iteration += 1;
    this.isBusy = false;
  }

  answered(outcome) {
    this.crew.clock.ended();
    if (outcome.failure) {
      this.crew.failures.push(outcome.failure);
    }
    this.crew.onSamples(outcome.samples);
    this.done(outcome);
  }
}
