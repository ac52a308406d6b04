import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gateway } from './world/gateway.js';

/** As much of a page as the element needs. */
class Part extends EventTarget {
  setAttribute() {}
}

class Root extends Part {
  shown = [];
  closest = () => ({ lang: 'en' });
  attachShadow = () => ({ append: (part) => this.shown.push(part) });
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
