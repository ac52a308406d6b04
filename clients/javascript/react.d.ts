import type { Away, End, Line, LineOptions, Refused, Status, World } from './line.js';

export interface Waiting {
  /** For `fetch`, `leave`, and `turn` after an end. Another one when room, origin or prefix change. */
  line: Line;
  /** Undefined until the first news, and after the end. */
  status?: Status;
  /** While the line cannot be reached; gone with the next news. */
  away?: Away;
  ended?: End;
  /** There can be no place: no such room, no guests. */
  refused?: Refused;
}

/** Takes a place when the component appears, and waits while it is there. The place is kept when it goes: call `line.leave()` to give it back. */
export function useLine(options?: LineOptions, world?: Partial<World>): Waiting;
