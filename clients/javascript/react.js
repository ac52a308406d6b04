// A place in line as a hook: taken when a component appears, waited for as long as it is there, and kept when it goes.
import { useEffect, useMemo, useRef, useState } from 'react';
import { Line } from './line.js';

export function useLine(options = {}, world) {
  const { room, origin, prefix } = options;
  const latest = useRef(options);
  const line = useMemo(() => new Line({
    room, origin, prefix,
    get accessToken() { return latest.current.accessToken; },
    get elsewhere() { return latest.current.elsewhere; },
  }, world), [room, origin, prefix]);
  const [heard, hear] = useState({});
  useEffect(() => { latest.current = options; });
  useEffect(() => {
    hear({});
    const offs = [
      line.on('status', (status) => hear({ status })),
      line.on('ended', (ended) => hear({ ended })),
      line.on('away', (away) => hear(({ status }) => ({ status, away }))),
    ];
    line.turn().catch((error) => { if (error.name === 'Refused') hear({ refused: error }); });
    return () => {
      offs.forEach((off) => off());
      line.close();
    };
  }, [line]);
  return { line, ...heard };
}
