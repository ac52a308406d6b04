// Of house.mjs, in a thread of its own: so many connections on which one request each is sent at once, and of its answer nothing is read but the status.
import net from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';

const sockets = await Promise.all(Array.from({ length: workerData.number }, () => new Promise((resolve, reject) => {
  const socket = net.connect(workerData.port, workerData.host, () => resolve(socket));
  socket.on('error', reject);
})));
parentPort.on('message', async (texts) => {
  const answers = Promise.all(sockets.map((socket, i) => new Promise((resolve) => {
    socket.once('data', (answer) => resolve(Number(answer.toString('latin1', 9, 12))));
    socket.write(texts[i]);
  })));
  parentPort.postMessage('sent');
  parentPort.postMessage(await answers);
});
parentPort.postMessage('ready');
