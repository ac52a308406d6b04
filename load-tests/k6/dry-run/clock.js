// The time of a dry run: the machine's, or one that jumps to whatever happens next. By that one a sale of half a minute is
// played in as long as it takes to compute it, and in the same way on a busy machine as on an idle one.
import { once } from 'node:events';

export const realTime = {
  now: () => Date.now(),
  sleep: (millis) => new Promise((resume) => setTimeout(resume, millis)),
  hear: async ({ port }) => (await once(port, 'message'))[0],
};

/** The main thread stands still while a VU runs: when it takes its next immediate, nobody has anything left to do. */
export class JumpingTime {
  constructor() {
    this.shared = new Float64Array(new SharedArrayBuffer(8)).fill(Date.now());
    this.appointments = [];
    this.jump();
  }

  now() {
    return this.shared[0];
  }

  sleep(millis) {
    return new Promise((resume) => this.appointments.push({ at: this.now() + millis, resume }));
  }

  async hear(turns) {
    return turns.hear();
  }

  jump() {
    this.appointments.sort((a, b) => a.at - b.at);
    this.appointments.splice(0, 1).forEach(({ at, resume }) => {
      this.shared[0] = at;
      resume();
    });
    setImmediate(() => this.jump());
  }
}

/** k6 understands more. */
export function seconds(duration) {
  if (!/^\d+(\.\d+)?s$/.test(duration)) {
    throw new Error(`the dry run understands seconds only, not ${duration}`);
  }
  return parseFloat(duration);
}
