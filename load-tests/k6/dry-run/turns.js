// Two threads of which one runs at a time: whoever has said something stands still until the other one has answered.
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
    return this.hear();
  }

  hear() {
    while (Atomics.load(this.turn, 0) === this.other) {
      Atomics.wait(this.turn, 0, this.other); // the bell for the turn before may ring late
    }
    return receiveMessageOnPort(this.port).message;
  }
}
