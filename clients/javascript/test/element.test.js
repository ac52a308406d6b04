import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gateway } from './world/gateway.js';

/** As much of a page as the element needs. */
class Part extends EventTarget {
  setAttribute() {}
  focus() {
    globalThis.document.activeElement = this;
  }
}

class Root extends Part {
  shown = [];
  closest = () => ({ lang: 'en' });
  attachShadow = () => {
    this.shadowRoot = { append: (part) => this.shown.push(part), get activeElement() { return globalThis.document.activeElement; } };
    return this.shadowRoot;
  };
}

Object.assign(globalThis, {
  HTMLElement: Root,
  document: Object.assign(new EventTarget(), { createElement: () => new Part() }),
  customElements: { define: (_, made) => { globalThis.StagedoorLine = made; } },
});
await import('../element.js');

for (const [code, words] of Object.entries({
  'queue-closed': 'The line is closed at the moment. We keep trying.',
  'queue-full': 'The line is full at the moment. We keep trying.',
  'queue-unavailable': 'The line cannot be reached at the moment. We keep trying.',
})) {
  test(`promises no place where there is none: ${code}`, async () => {
    const gateway = await new Gateway().open();
    gateway.instead('POST /api/v1/queue/tokens', { status: 503, code, after: 10 });
    const element = new globalThis.StagedoorLine();
    element.attributes = [{ name: 'origin', value: gateway.origin }];

    element.connectedCallback();
    await new Promise((resolve) => { element.line.on('away', resolve); });

    assert.ok(element.shown.some(({ textContent }) => textContent === words));
    element.disconnectedCallback();
    await gateway.close();
  });
}

test('whoever leaves by keyboard finds it where to queue again', async () => {
  const gateway = await new Gateway().open();
  const element = new globalThis.StagedoorLine();
  element.attributes = [{ name: 'origin', value: gateway.origin }];
  element.connectedCallback();
  await new Promise((resolve) => { element.line.on('status', resolve); });
  const [leave, again] = ['Leave the line', 'Queue again'].map((words) => element.shown.find(({ textContent }) => textContent === words));

  leave.focus();
  leave.dispatchEvent(new Event('click'));
  await new Promise((resolve) => { element.line.on('ended', resolve); });

  assert.equal(again.hidden, false);
  assert.equal(globalThis.document.activeElement, again);
  element.disconnectedCallback();
  await gateway.close();
});

/** The next that its line says of a kind. */
const next = (element, event) => new Promise((resolve) => { element.line.on(event, resolve); });

for (const [estimatedWaitSeconds, words] of [[undefined, 'Wait not known yet'], [60, 'Less than a minute'], [61, 'About 2 min']]) {
  test(`says how long it takes: ${estimatedWaitSeconds} s`, async () => {
    const gateway = await new Gateway().open();
    const element = new globalThis.StagedoorLine();
    element.attributes = [{ name: 'origin', value: gateway.origin }];
    element.connectedCallback();
    await next(element, 'status');
    gateway.change({ estimatedWaitSeconds });

    await next(element, 'status'); // the first one on a stream

    assert.ok(element.shown.some(({ textContent }) => textContent === words));
    element.disconnectedCallback();
    await gateway.close();
  });
}

test('says that it is the turn, and by an event', async () => {
  const gateway = await new Gateway().open();
  const element = new globalThis.StagedoorLine();
  element.attributes = [{ name: 'origin', value: gateway.origin }];
  const turn = new Promise((resolve) => { element.addEventListener('turn', resolve); });
  element.connectedCallback();
  await gateway.hears('GET /api/v1/queue/events');

  gateway.change({ state: 'ACTIVE' });

  assert.equal((await turn).detail.state, 'ACTIVE');
  assert.ok(element.shown.some(({ textContent }) => textContent === 'It is your turn'));
  element.disconnectedCallback();
  await gateway.close();
});

test('where leaving fails the place is kept, and that is said', async () => {
  const gateway = await new Gateway().open();
  gateway.instead('DELETE /api/v1/queue/tokens/current', { status: 503, code: 'gateway-busy', after: 1 });
  const element = new globalThis.StagedoorLine();
  const told = [];
  for (const event of ['ended', 'refused']) element.addEventListener(event, ({ type }) => told.push(type));
  element.attributes = [{ name: 'origin', value: gateway.origin }];
  element.connectedCallback();
  await next(element, 'status');
  await next(element, 'status'); // the first one on a stream
  const note = element.shown.at(3);

  element.shown.find(({ textContent }) => textContent === 'Leave the line').dispatchEvent(new Event('click'));
  while (!note.textContent) await new Promise(setImmediate);
  element.disconnectedCallback();
  await new Promise(setImmediate);

  assert.equal(note.textContent, 'The line cannot be reached at the moment. Your place is kept.');
  assert.deepEqual(told, []);
  await gateway.close();
});

test('says once that the line is away, and that the place is kept', async () => {
  const gateway = await new Gateway().open();
  const element = new globalThis.StagedoorLine();
  element.attributes = [{ name: 'origin', value: gateway.origin }];
  element.connectedCallback();
  await next(element, 'status');
  await next(element, 'status'); // the first one on a stream
  const said = [];
  Object.defineProperty(element.shown.at(3), 'textContent', { get: () => said.at(-1), set: (words) => said.push(words) });

  const away = { status: 503, code: 'queue-unavailable', after: 1 };
  gateway.noStreams = away;
  gateway.instead('GET /api/v1/queue/tokens/current', away, away);
  gateway.streams.forEach((_, token) => gateway.hangUp(token));
  await next(element, 'away');
  await next(element, 'away');

  assert.deepEqual(said, ['The line cannot be reached at the moment. Your place is kept.']);
  element.disconnectedCallback();
  await gateway.close();
});

test('an element that is gone says nothing more', async () => {
  const gateway = await new Gateway().open();
  const element = new globalThis.StagedoorLine();
  element.attributes = [{ name: 'origin', value: gateway.origin }];
  element.addEventListener('ended', () => assert.fail('says it'));
  element.connectedCallback();
  await next(element, 'status');

  element.disconnectedCallback();
  await element.line.leave();

  await gateway.close();
});

test('whoever queues again has nothing to queue again by', async () => {
  const gateway = await new Gateway().open();
  const element = new globalThis.StagedoorLine();
  element.attributes = [{ name: 'origin', value: gateway.origin }];
  element.connectedCallback();
  await gateway.hears('GET /api/v1/queue/events');
  const again = element.shown.find(({ textContent }) => textContent === 'Queue again');
  const ended = next(element, 'ended');
  gateway.end('queue-token-expired');
  await ended;

  again.dispatchEvent(new Event('click'));

  assert.equal(again.hidden, true);
  element.disconnectedCallback();
  await gateway.close();
});
