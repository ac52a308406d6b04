/** What a place is like, as of now. The rest of the document is in docs/api.md. */
export interface Status {
  room: string;
  state: 'WAITING' | 'ACTIVE';
  sequence: number;
  /** People ahead, and oneself; 0 when it is the turn. */
  position: number;
  ahead: number;
  waiting: number;
  estimatedWaitSeconds?: number | null;
  pollAfterMillis: number;
  /** Why nobody is let in at the moment. */
  notice?: 'HOLD' | 'CLOSED' | 'RECOVERING' | string;
  /** When the session ends if nothing is done, once it is the turn. */
  expiresAt?: string;
  remainingSeconds?: number;
  asOf: string;
}

/** The place is over, and why: `queue-token-expired`, `queue-token-completed`, `queue-token-left`, `queue-token-invalid` … */
export interface End {
  code: string;
}

/** No answer, or not now, such as `queue-closed` or `queue-full`: the next try is set. A place, where there is a `status`, is kept. */
export interface Away {
  code?: string;
  retryInMillis: number;
}

export interface LineOptions {
  /** `main` unless told otherwise. */
  room?: string;
  /** Where the gateway is: this page's own origin unless told otherwise, which a program without a page must. */
  origin?: string;
  /** Where the queue's addresses begin there: `/api/v1/queue`. */
  prefix?: string;
  /** Who joins, where people have an account; a guest without. */
  accessToken?: () => string | undefined | Promise<string | undefined>;
  /**
   * Waits somewhere else when `fetch` is turned away at the gate, for instance by loading a page behind the gate, which shows the line.
   * What it returns is what `fetch` returns.
   */
  elsewhere?: (code: string) => Promise<Response>;
}

/** What is around a line. Only tests give one, in part. */
export interface World {
  fetch: typeof fetch;
  now: () => number;
  random: () => number;
  /** @returns how to forget about it */
  after: (millis: number, act: () => void) => () => void;
  page: EventTarget & { hidden: boolean };
  window: EventTarget | undefined;
  storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> | undefined;
  alone: <T>(name: string, act: () => Promise<T>) => Promise<T>;
  channel: (name: string) => BroadcastChannel | undefined;
}

/** A place in a line. Nothing is asked before `join`, `turn`, `watch` or `fetch`. */
export class Line {
  constructor(options?: LineOptions, world?: Partial<World>);

  /** The last that was heard of the place; undefined without one. */
  readonly status: Status | undefined;

  /**
   * `status` at every news of the place, `ended` when it is over, `away` when there is no answer at the moment.
   * @returns how not to be told any more
   */
  on(event: 'status', act: (status: Status) => void): () => void;
  on(event: 'ended', act: (end: End) => void): () => void;
  on(event: 'away', act: (away: Away) => void): () => void;

  /**
   * Takes a place, or finds the one there is: all tabs of a browser have the same one.
   * @throws Refused
   */
  join(): Promise<Status>;

  /**
   * Waits for the turn, and takes a place first where there is none. A line that is closed, full or away is waited for.
   * @throws LineEnded if the place is over before
   * @throws Refused if there can be no place: no such room, no guests
   */
  turn(options?: { signal?: AbortSignal }): Promise<Status>;

  /**
   * As the global one, for addresses of the line's origin only, where relative ones begin. What the gate refuses is asked again when the turn has come; what is too
   * much or away for now is asked again after a while, five times in all, then the answer is what it is. A request that may change
   * something (anything but GET, HEAD and OPTIONS) is never sent twice without an `Idempotency-Key`: it waits for the turn first, and
   * whatever comes is the answer.
   */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;

  /** Gives the place back. */
  leave(): Promise<void>;

  /** Follows the place there is, until it is the turn or over; `turn` does that by itself. */
  watch(): void;

  /** Hears nothing more and waits for nothing more. The place is kept as long as something else asks for it. */
  close(): void;
}

/** Not now, or not at all: the problem that the queue has answered with. */
export class Refused extends Error {
  readonly status: number;
  readonly code: string;
  /** The whole document. */
  readonly problem: Record<string, unknown>;
  /** In milliseconds, a day at most; undefined where nobody has said when. */
  readonly retryAfter: number | undefined;
}

/** The place was over before it was the turn. */
export class LineEnded extends Error {
  readonly code: string;
}
