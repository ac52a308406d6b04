// The main thread and that of a VU take turns: what one of them says is the other's turn.
import { receiveMessageOnPort } from 'node:worker_threads';

export const VU = 0;
export const MAIN = 1;

export class Turns {
  constructor({ turn, port }, other) {
    Object.assign(this, { turn, port, other });
  }

  say(message) {
    this.port.postMessage(message);
    Atomics.store(this.turn, 0, this.other);
    Atomics.notify(this.turn, 0);
  }

  /** Stands still until the other one has said something. */
  hear() {
    this.comes();
    return receiveMessageOnPort(this.port).message;
  }

  comes() {
    while (Atomics.load(this.turn, 0) === this.other) {
      Atomics.wait(this.turn, 0, this.other); // the bell for the turn before may ring late
    }
  }
}
