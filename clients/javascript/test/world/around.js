// What is around a line in a test: a clock that is moved by hand, a page that is looked at or not.

export class Clock {
  #now = 1_000_000;
  #timers = new Set();
  #waiters = new Set();

  now = () => this.#now;

  after = (millis, act) => {
    const timer = { at: this.#now + millis, millis, act };
    this.#timers.add(timer);
    this.#waiters.forEach((wake) => wake());
    this.#waiters.clear();
    return () => this.#timers.delete(timer);
  };

  /** Resolves with the length of a pause that has begun: the only timer which is not about patience with an answer. */
  async pause(isMeant = () => true) {
    for (;;) {
      const found = [...this.#timers].find(({ millis }) => millis !== 8_000 && isMeant(millis));
      if (found) return found.millis;
      await new Promise((resolve) => { this.#waiters.add(resolve); });
    }
  }

  /** As after so long a time; whoever slept meanwhile is called once. */
  pass(millis) {
    this.#now += millis;
    for (const timer of [...this.#timers].sort((a, b) => a.at - b.at)) {
      if (timer.at <= this.#now && this.#timers.delete(timer)) timer.act();
    }
  }

  get isSilent() {
    return this.#timers.size === 0;
  }
}

export class Storage {
  #kept = new Map();

  getItem = (name) => this.#kept.get(name) ?? null;
  setItem = (name, value) => this.#kept.set(name, value);
  removeItem = (name) => this.#kept.delete(name);
}

export class Page extends EventTarget {
  hidden = false;

  isHidden(hidden) {
    this.hidden = hidden;
    this.dispatchEvent(new Event('visibilitychange'));
  }
}

/** A browser: its tabs share what is stored, and take turns where they must. */
export class Browser {
  clock = new Clock();
  storage = new Storage();
  #turns = Promise.resolve();

  /** One more tab. */
  tab() {
    const page = new Page();
    const window = new EventTarget();
    const { now, after } = this.clock;
    return {
      page,
      window,
      around: {
        now, after, page, window,
        random: () => 0.5,
        storage: this.storage,
        alone: (_, act) => { this.#turns = this.#turns.then(act, act); return this.#turns; },
        channel: (name) => new BroadcastChannel(name),
      },
    };
  }
}
