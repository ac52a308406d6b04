// What becomes of the seats of a show while somebody looks: by a stream of changes, or asked for where there is none.
import { get } from './calls.js';
import { serverSays } from './clock.js';

const ASK_AGAIN = 1000;
const TRY_A_STREAM_AFTER = 60_000;
const FIRST_WORD = 4000; // a stream begins with what is now: one that does not is held back by a proxy
const LONGEST_STREAM = 75_000; // the server ends one after 60 s: an older one has gone mute

export class Watching {
  #path;
  #hear;
  #version;
  #stream;
  #streamFrom = 0;
  #believedUntil;
  #timer;
  #asked;

  /** @param hear what has changed, each time something has */
  constructor(schedule, hear) {
    this.#path = `/api/v1/schedules/${schedule}/seats/`;
    this.#hear = hear;
  }

  /** Asks now. */
  look() {
    const asked = get(`${this.#path}states${this.#since()}`).then((told) => this.#told(told));
    this.#asked = asked.catch(() => {});
    return asked;
  }

  #since() {
    return this.#version ? `?since=${encodeURIComponent(this.#version)}` : '';
  }

  #told(told) {
    serverSays(told.serverTime);
    if (told.version === this.#version) return;
    if (told.since !== undefined && told.since !== this.#version) {
      // It leads on from something else than we know: all of it, then.
      this.#version = undefined;
      this.look().catch(() => {});
      return;
    }
    this.#version = told.version;
    this.#hear(told);
  }

  /** As long as somebody looks; called again and again. */
  goOn(isWatched) {
    const isMute = this.#stream && Date.now() > this.#believedUntil;
    if (!isWatched || isMute) this.stop();
    else if (!this.#stream && Date.now() >= this.#streamFrom) this.#listen();
    else if (!this.#stream && !this.#timer) this.#timer = setTimeout(() => this.#ask(), ASK_AGAIN);
  }

  /** @returns when nothing is asked any more */
  stop() {
    this.#stream?.close();
    clearTimeout(this.#timer);
    this.#stream = this.#timer = undefined;
    return this.#asked;
  }

  #listen() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#believedUntil = Date.now() + FIRST_WORD;
    this.#streamFrom = Date.now() + TRY_A_STREAM_AFTER;
    this.#stream = new EventSource(`${this.#path}events${this.#since()}`);
    this.#stream.addEventListener('message', (event) => {
      this.#believedUntil = Date.now() + LONGEST_STREAM;
      this.#streamFrom = 0;
      this.#told(JSON.parse(event.data));
    });
    this.#stream.addEventListener('error', () => {
      // It comes again by itself, unless it was refused: then we ask, and hear why.
      if (this.#stream?.readyState !== EventSource.CLOSED) return;
      this.#stream = undefined;
      this.#streamFrom = Date.now() + TRY_A_STREAM_AFTER;
    });
  }

  #ask() {
    this.look().catch(() => {}).finally(() => { this.#timer = undefined; });
  }
}
