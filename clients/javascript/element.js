// <stagedoor-line room="main" origin="https://…" lang="ko">: a place in line that shows itself, and says by events when it is the turn.
import { Line } from './line.js';

const WORDS = {
  en: {
    position: 'Your position', unknown: 'Wait not known yet', soon: 'Less than a minute', about: 'About # min', turn: 'It is your turn',
    away: 'The line cannot be reached at the moment. Your place is kept.', hold: 'Nobody is let in at the moment. You keep your place.',
    closed: 'The line is closed at the moment. You keep your place.', recovering: 'We are putting the line back in its old order.',
    closedYet: 'The line is closed at the moment. We keep trying.', full: 'The line is full at the moment. We keep trying.',
    unreached: 'The line cannot be reached at the moment. We keep trying.',
    ended: 'Your place is over', refused: 'There is no place for you in this line', leave: 'Leave the line', again: 'Queue again',
  },
  ko: {
    position: '현재 순서', unknown: '예상 대기 시간을 계산 중입니다', soon: '1분 이내', about: '약 #분', turn: '입장하실 차례입니다',
    away: '지금은 대기열에 연결할 수 없습니다. 순서는 유지됩니다.', hold: '지금은 입장이 잠시 멈췄습니다. 순서는 유지됩니다.',
    closed: '지금은 대기열이 닫혀 있습니다. 순서는 유지됩니다.', recovering: '대기열을 원래 순서대로 복구하고 있습니다.',
    closedYet: '지금은 대기열이 닫혀 있습니다. 계속 다시 시도합니다.', full: '지금은 대기열이 가득 찼습니다. 계속 다시 시도합니다.',
    unreached: '지금은 대기열에 연결할 수 없습니다. 계속 다시 시도합니다.',
    ended: '대기가 끝났습니다', refused: '이 대기열에 들어갈 수 없습니다', leave: '대기 그만두기', again: '다시 대기하기',
  },
};

// Before there is a place none is kept.
const NOT_YET = { 'queue-closed': 'closedYet', 'queue-full': 'full' };

const STYLE = `
  :host { display: block; font: inherit; text-align: center; }
  :host([hidden]), [hidden] { display: none; }
  p { margin: .25rem 0; }
  [part~=position] { font-size: 3rem; font-weight: 650; font-variant-numeric: tabular-nums; line-height: 1.2; }
  button { min-height: 2.75rem; padding: 0 1.25rem; font: inherit; }
`;

// Where pages are only written there are no elements.
class StagedoorLine extends (globalThis.HTMLElement ?? class {}) {
  #parts = {};
  #offs = [];
  #line;

  constructor() {
    super();
    const shadow = this.attachShadow({ mode: 'open' });
    if (shadow.adoptedStyleSheets) {
      const sheet = new CSSStyleSheet(); // not a <style>, which a strict policy of the page forbids
      sheet.replaceSync(STYLE);
      shadow.adoptedStyleSheets = [sheet];
    }
    for (const [part, tag] of Object.entries({ label: 'p', position: 'p', estimate: 'p', note: 'p', leave: 'button', again: 'button' })) {
      const element = document.createElement(tag);
      element.setAttribute('part', part);
      this.#parts[part] = element;
      shadow.append(element);
    }
    this.#parts.note.setAttribute('role', 'status');
    this.#parts.leave.addEventListener('click', () => this.#line.leave().catch(() => this.#note('away')));
    this.#parts.again.addEventListener('click', () => this.#wait());
  }

  /** For `fetch` and everything else that the place is good for. */
  get line() {
    return this.#line;
  }

  connectedCallback() {
    const { room, origin, prefix } = Object.fromEntries([...this.attributes].map(({ name, value }) => [name, value]));
    this.#line = new Line({ room, origin, prefix });
    this.#offs = [
      this.#line.on('status', (status) => this.#show(status)),
      this.#line.on('ended', ({ code }) => this.#over('ended', { code })),
      this.#line.on('away', ({ code }) => this.#note(this.#line.status ? 'away' : NOT_YET[code] ?? 'unreached')),
    ];
    this.#parts.label.textContent = this.#say('position');
    this.#parts.leave.textContent = this.#say('leave');
    this.#parts.again.textContent = this.#say('again');
    this.#wait();
  }

  disconnectedCallback() {
    this.#offs.forEach((off) => off());
    this.#line.close();
  }

  async #wait() {
    this.#parts.again.hidden = true;
    try {
      const status = await this.#line.turn();
      this.dispatchEvent(new CustomEvent('turn', { detail: status, bubbles: true }));
    } catch (error) {
      if (error.name === 'Refused') this.#over('refused', { code: error.code });
    }
  }

  #show(status) {
    const isWaiting = status.state === 'WAITING';
    this.#visible(isWaiting);
    this.#parts.position.textContent = status.position.toLocaleString(this.#language);
    this.#parts.estimate.textContent = this.#guess(status.estimatedWaitSeconds);
    this.#note(isWaiting ? status.notice?.toLowerCase() : 'turn');
  }

  #over(what, detail) {
    this.#parts.again.hidden = false;
    if (this.shadowRoot.activeElement === this.#parts.leave) this.#parts.again.focus(); // or it would be lost
    this.#visible(false);
    this.#note(what);
    this.dispatchEvent(new CustomEvent(what, { detail, bubbles: true }));
  }

  #visible(isWaiting) {
    for (const part of ['label', 'position', 'estimate', 'leave']) this.#parts[part].hidden = !isWaiting;
  }

  #note(key) {
    const words = this.#say(key) ?? '';
    if (this.#parts.note.textContent !== words) this.#parts.note.textContent = words;
  }

  #guess(seconds) {
    if (seconds == null) return this.#say('unknown');
    const minutes = Math.ceil(seconds / 60);
    return minutes <= 1 ? this.#say('soon') : this.#say('about').replace('#', minutes.toLocaleString(this.#language));
  }

  get #language() {
    const language = (this.closest('[lang]')?.lang || navigator.language).toLowerCase();
    return language.startsWith('ko') ? 'ko' : 'en';
  }

  #say(key) {
    return WORDS[this.#language][key];
  }
}

globalThis.customElements?.define('stagedoor-line', StagedoorLine);
