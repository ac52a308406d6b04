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
