// The time of a dry run: the machine's, or one that jumps to whatever happens next. By that one a sale of half a minute is
// played in as long as it takes to compute it, and in the same way on a busy machine as on an idle one.
import assert from 'node:assert/strict';
import { once } from 'node:events';

export const realTime = {
  now: () => Date.now(),
  sleep: (millis) => new Promise((resume) => setTimeout(resume, millis)),
  hear: async (turns) => {
    const [message] = await once(turns.port, 'message');
    turns.comes(); // what was said may be here before the turn is
    return message;
  },
};

/** The main thread stands still while a VU runs: when it takes its next immediate, nobody has anything left to do. */
export class JumpingTime {
  shared = new Float64Array(new SharedArrayBuffer(8)).fill(Date.now());
  appointments = [];
  now = () => this.shared[0];
  sleep = (millis) => new Promise((resume) => this.appointments.push({ at: this.now() + millis, resume }));
  hear = async (turns) => turns.hear();

  /** For ever, as the sale in memory has a next appointment always. */
  jump() {
    this.appointments.sort((a, b) => a.at - b.at);
    const { at, resume } = this.appointments.shift();
    this.shared[0] = at;
    resume();
    setImmediate(() => this.jump());
  }
}

/** k6 understands more. */
export function seconds(duration) {
  assert.match(duration, /^\d+(\.\d+)?s$/);
  return parseFloat(duration);
}
