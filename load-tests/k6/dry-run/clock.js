// The time of a dry run: the machine's, or one that jumps to the next thing that happens as soon as nobody has anything to do. By that one a sale
// of half a minute is played in as long as it takes to compute it, and in the same way on a busy machine as on an idle one.

export class Clock {
  now() {
    return Date.now();
  }

  after(millis, act) {
    setTimeout(act, millis).unref();
  }

  began() {}

  ended() {}

  stop() {}
}

export class JumpingClock {
  constructor() {
    this.time = Date.now();
    this.busy = 0;
    this.appointments = [];
    this.isLooking = false;
  }

  now() {
    return this.time;
  }

  after(millis, act) {
    const at = this.time + Math.max(0, millis);
    const later = this.appointments.findIndex((other) => other.at > at);
    this.appointments.splice(later < 0 ? this.appointments.length : later, 0, { at, act });
    this.look();
  }

  /** A VU has something to do. */
  began() {
    this.busy += 1;
  }

  ended() {
    this.busy -= 1;
    this.look();
  }

  stop() {
    this.isStopped = true;
  }

  /** When all that follows from what has just happened has been done. */
  look() {
    if (!this.isLooking) {
      this.isLooking = true;
      setImmediate(() => {
        this.isLooking = false;
        this.jump();
      });
    }
  }

  jump() {
    if (this.busy === 0 && !this.isStopped && this.appointments.length > 0) {
      const { at, act } = this.appointments.shift();
      this.time = at;
      act();
      this.look();
    }
  }
}
