import { ask, record, vu } from '../thread.js';

/** Every VU has one, which is empty at the start of each iteration; a request may bring another one. */
class CookieJar extends Map {}

function batch(requests) {
  vu.jar ??= new CookieJar();
  const wanted = requests.map(({ method, url, body, params: { headers, jar = vu.jar, timeout = '60s' } }) => ({
    ...{ method, url, body, timeout },
    headers: {
      ...(jar.size > 0 && { Cookie: [...jar].map((pair) => pair.join('=')).join('; ') }),
      ...(vu.options.noConnectionReuse && { Connection: 'close' }),
      ...headers,
    },
  }));
  return ask({ requests: wanted }).map((answer, i) => received(requests[i], answer));
}

function received({ params: { jar = vu.jar, tags } }, { millis, cookies, ...answer }) {
  cookies.forEach((line) => jar.set(...line.split(';')[0].split(/=(.*)/s, 2)));
  record('http_reqs', 1, tags);
  record('http_req_duration', millis, tags);
  return answer;
}

const request = (method, url, body, params) => batch([{ method, url, body, params }])[0];

/** For k6's own count of failures. */
const expectedStatuses = (...statuses) => ({ statuses });

export default { CookieJar, batch, expectedStatuses, request };
