// Opens a stream for each token of a file, and says "open" when each has told its place. After a line on the standard input the
// first one leaves the line, and it says "told", and after how many ms the last of the others has heard of its new place.
// With "crowded" some may be told to come back instead, and whose connection breaks before an answer tries again: on SIGTERM it says
// how many are "open" and were "refused", how many streams have "ended" and how many connections were "broken".
import {readFileSync} from 'node:fs';
import {connect} from 'node:net';

const [url, file, crowded] = process.argv.slice(2);
const {hostname, port, host} = new URL(url);
const tokens = readFileSync(file, 'utf8').split('\n').filter(Boolean);
const AT_ONCE = 200;
const sequence = token => JSON.parse(Buffer.from(token.split('.')[1], 'base64url')).seq;
const first = tokens.reduce((best, token, i) => sequence(token) < sequence(tokens[best]) ? i : best, 0);
let begun = 0, open = 0, refused = 0, ended = 0, broken = 0, left = 0, toldSince = 0;

function settled() {
  begin();
  if (open === tokens.length && !crowded) console.log(`open ${open}`);
}

function begin() {
  if (begun < tokens.length) stream(begun++);
}

function stream(number) {
  const socket = connect({host: hostname, port});
  let told, news = false, text = '', isRefused = false;
  socket.on('connect', () => socket.write(`GET /api/v1/queue/events HTTP/1.1\r\nHost: ${host}\r\nQueue-Token: ${tokens[number]}\r\n\r\n`));
  socket.on('data', data => {
    text += data.toString('latin1');
    if (crowded && told === undefined && !isRefused && /^HTTP\/1.1 503 [^]*\r\nRetry-After: \d/i.test(text)) {
      isRefused = true;
      refused++;
      settled();
      socket.end();
    }
    text = text.slice(-600);
    const ahead = /"ahead":(\d+)/.exec(text)?.[1];
    if (!ahead) return;
    text = '';
    if (told === undefined) {
      open++;
      settled();
    } else if (left && !news && ahead !== told && number !== first) {
      news = true;
      toldSince++;
      if (toldSince === tokens.length - 1) {
        console.log(`told ${Date.now() - left}`);
        process.exit(0);
      }
    }
    told = ahead;
  });
  socket.on('close', () => {
    if (isRefused) return;
    if (crowded && told !== undefined) {
      ended++;
    } else if (crowded) {
      broken++;
      setTimeout(() => stream(number), 1000);
    } else if (number !== first || !left) {
      console.error(`the stream ${number} has ended: ${text.slice(0, 200)}`);
      process.exit(1);
    }
  });
  socket.on('error', e => (text ||= e.message));
}
for (let i = 0; i < AT_ONCE; i++) begin();

process.on('SIGTERM', () => {
  console.log(`open ${open - ended} refused ${refused} ended ${ended} broken ${broken} of ${tokens.length}`);
  process.exit(0);
});
process.stdin.once('data', async () => {
  left = Date.now();
  const answer = await fetch(`${url}/api/v1/queue/tokens/current`, {method: 'DELETE', headers: {'Queue-Token': tokens[first]}});
  if (answer.status !== 204) throw new Error(`${answer.status}`);
  setTimeout(() => {
    console.error(`only ${toldSince} of ${tokens.length - 1} have heard of it after a minute`);
    process.exit(1);
  }, 60000);
});
