// Opens a stream for each token of a file, and says "open" when each has told its place. After a line on the standard input the
// first one leaves the line, and it says "told", and after how many ms the last of the others has heard of its new place.
import {readFileSync} from 'node:fs';
import {connect} from 'node:net';

const [url, file] = process.argv.slice(2);
const {hostname, port, host} = new URL(url);
const tokens = readFileSync(file, 'utf8').split('\n').filter(Boolean);
const AT_ONCE = 200;
const sequence = token => JSON.parse(Buffer.from(token.split('.')[1], 'base64url')).seq;
const first = tokens.reduce((best, token, i) => sequence(token) < sequence(tokens[best]) ? i : best, 0);
let begun = 0, open = 0, left = 0, toldSince = 0;

function begin() {
  if (begun === tokens.length) return;
  const number = begun++;
  const socket = connect({host: hostname, port});
  let told, news = false, text = '';
  socket.on('connect', () => socket.write(`GET /api/v1/queue/events HTTP/1.1\r\nHost: ${host}\r\nQueue-Token: ${tokens[number]}\r\n\r\n`));
  socket.on('data', data => {
    text = (text + data.toString('latin1')).slice(-600);
    const ahead = /"ahead":(\d+)/.exec(text)?.[1];
    if (!ahead) return;
    text = '';
    if (told === undefined) {
      open++;
      begin();
      if (open === tokens.length) console.log(`open ${open}`);
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
    if (number !== first || !left) {
      console.error(`the stream ${number} has ended: ${text.slice(0, 200)}`);
      process.exit(1);
    }
  });
  socket.on('error', () => {});
}
for (let i = 0; i < AT_ONCE; i++) begin();

process.stdin.once('data', async () => {
  left = Date.now();
  const answer = await fetch(`${url}/api/v1/queue/tokens/current`, {method: 'DELETE', headers: {'Queue-Token': tokens[first]}});
  if (answer.status !== 204) throw new Error(`${answer.status}`);
});
