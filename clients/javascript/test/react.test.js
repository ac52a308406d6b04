import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { Browser } from './world/around.js';
import { Gateway } from './world/gateway.js';

const found = await Promise.all([import('react'), import('react-test-renderer'), import('../react.js')]).catch(() => undefined);
const [React, renderer, { useLine } = {}] = found ?? [];
const skip = !found && 'React is not installed here (npm install --no-save --no-package-lock react react-test-renderer)';
const LISTEN = 'GET /api/v1/queue/events';

let gateway;
let browser;

beforeEach(async () => {
  gateway = await new Gateway().open();
  browser = new Browser();
});

afterEach(() => gateway.close());

/** A component that keeps what the hook says; `until` waits for it to say something. */
function component() {
  const said = [];
  const waiters = new Set();
  const { around } = browser.tab();
  const Waiting = ({ room, accessToken }) => {
    const heard = useLine({ origin: gateway.origin, room, accessToken }, around);
    React.useEffect(() => {
      said.push(heard);
      waiters.forEach((wake) => wake());
    });
    React.useEffect(() => () => leaves(), []); // after the hook's own
    return null;
  };
  let leaves = () => {};
  const unmount = (root) => new Promise((resolve) => {
    leaves = resolve;
    root.unmount();
  });
  const until = async (isMeant) => {
    while (!said.some(isMeant)) await new Promise((resolve) => { waiters.add(resolve); });
  };
  return { Waiting, said, until, unmount };
}

test('a component is told of its place, and of the turn', { skip }, async () => {
  const { Waiting, said, until, unmount } = component();
  const root = renderer.create(React.createElement(Waiting, { room: 'main' }));

  await until(({ status }) => status?.position === 3);
  await gateway.hears(LISTEN);
  gateway.change({ state: 'ACTIVE' });
  await until(({ status }) => status?.state === 'ACTIVE');

  assert.equal(said[0].status, undefined);
  await unmount(root);
  assert.ok(browser.clock.isSilent);
});

test('strict mode, which does everything twice, takes one place', { skip }, async () => {
  const { Waiting, until, unmount } = component();
  const strict = React.createElement(React.StrictMode, null, React.createElement(Waiting, { room: 'main' }));
  const root = renderer.create(strict);

  await until(({ status }) => status?.position === 3);

  assert.equal(gateway.places.size, 1);
  await unmount(root);
  assert.ok(browser.clock.isSilent);
});

test('an end and a refusal are told with their reasons', { skip }, async () => {
  const { Waiting, until, unmount } = component();
  const root = renderer.create(React.createElement(Waiting, { room: 'main' }));
  await until(({ status }) => status?.position === 3);
  await gateway.hears(LISTEN);

  gateway.end('queue-token-expired');
  await until(({ ended }) => ended?.code === 'queue-token-expired');
  gateway.instead('POST /api/v1/queue/tokens', { status: 404, code: 'room-not-found' });
  root.update(React.createElement(Waiting, { room: 'other' }));
  await until(({ refused }) => refused?.code === 'room-not-found');

  await unmount(root);
});

test('joins as whoever has signed in meanwhile', { skip }, async () => {
  const { Waiting, said, until, unmount } = component();
  const shown = [];
  const as = (name) => ({ room: 'main', accessToken: () => { shown.push(name); return name; } });
  const root = renderer.create(React.createElement(Waiting, as('nobody')));
  await until(({ status }) => status?.position === 3);

  const rendered = said.length;
  root.update(React.createElement(Waiting, as('ada')));
  while (said.length === rendered) await new Promise(setImmediate);
  await said.at(-1).line.join();

  assert.deepEqual(shown, ['nobody', 'ada']);
  await unmount(root);
});
