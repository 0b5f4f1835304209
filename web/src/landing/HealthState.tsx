// One line that says whether the server is ready, asked once when the page opens.

import { useEffect, useState } from 'react';

type Health = 'asking' | 'ready' | 'not ready' | 'unreachable';

const WORDS: Record<Health, string> = {
  asking: 'Asking the server…',
  ready: 'Ready',
  'not ready': 'Not ready; Health says why',
  unreachable: 'The server does not answer',
};

export function HealthState() {
  const [health, setHealth] = useState<Health>('asking');

  useEffect(() => {
    fetch('/health/ready', { signal: AbortSignal.timeout(5000) })
      .then((response) => setHealth(response.ok ? 'ready' : 'not ready'))
      .catch(() => setHealth('unreachable'));
  }, []);

  return (
    <output className={`health ${health.replace(' ', '-')}`}>
      <i aria-hidden="true" />
      {WORDS[health]}
    </output>
  );
}
