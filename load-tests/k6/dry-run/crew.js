// The VUs: threads that stand still while they wait, and what comes back from them.
import { MessageChannel, Worker } from 'node:worker_threads';

const VU = new URL('./vu.js', import.meta.url);

export class Crew {
  constructor(script, network) {
    this.script = script;
    this.network = network;
    this.members = [];
    this.failures = [];
    this.onSamples = () => {};
  }

  hire() {
    const vu = new Vu(this, this.members.length + 1);
    this.members.push(vu);
    return vu;
  }

  async gather(people) {
    const team = Array.from({ length: people }, () => this.hire());
    await Promise.all(team.map((vu) => vu.call('options')));
    return team;
  }

  async finish(iterations, seconds, name) {
    let timer;
    const tooLate = new Promise((end) => {
      timer = setTimeout(end, seconds * 1000, 'too late');
    });
    if ((await Promise.race([Promise.all(iterations), tooLate])) === 'too late') {
      this.failures.push(`${name}: iterations were interrupted`);
    }
    clearTimeout(timer);
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
    const bell = new SharedArrayBuffer(4);
    this.crew = crew;
    this.isBusy = false;
    this.iteration = 0;
    this.thread = new Worker(VU, {
      workerData: { id, script: crew.script, environment: { ...process.env }, network: port2, bell },
      transferList: [port2],
    });
    this.thread.on('error', (e) => this.answered({ failure: e.stack || String(e), samples: [] }));
    this.thread.on('message', (outcome) => this.answered(outcome));
    crew.network.serve(port1, bell);
  }

  call(name, argument, scenario) {
    return new Promise((done) => {
      this.done = done;
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
    if (outcome.failure) {
      this.crew.failures.push(outcome.failure);
    }
    this.crew.onSamples(outcome.samples);
    this.done(outcome);
  }
}
