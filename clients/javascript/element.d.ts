import type { Line } from './line.js';

/**
 * `<stagedoor-line room origin prefix lang>`: takes a place when it is put into a page, shows it, and waits. Events, which bubble: `turn` with the
 * status, `ended` and `refused` with a code. Parts to style: `label`, `position`, `estimate`, `note`, `leave`, `again`.
 */
export interface StagedoorLine extends HTMLElement {
  readonly line: Line;
}

declare global {
  interface HTMLElementTagNameMap {
    'stagedoor-line': StagedoorLine;
  }
}
