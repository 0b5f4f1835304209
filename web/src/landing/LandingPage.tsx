// The start page: what this server is, whether it is well, and where to go.

import mark from '../ui/mark.svg';
import { HealthState } from './HealthState';

const doors = [
  {
    href: '/graphiql',
    title: 'GraphiQL',
    text: 'Try the API: connect a source, sync it, watch it live, query the rows.',
  },
  {
    href: '/graphiql#docs',
    title: 'API documentation',
    text: 'Every type, field and argument, read from the running server.',
  },
  {
    href: '/health/ready',
    title: 'Health',
    text: 'What a load balancer asks: ready, or the reasons why not.',
  },
];

export function LandingPage() {
  return (
    <main className="landing">
      <header>
        <img src={mark} alt="" width="56" height="56" />
        <h1>DataWeaver</h1>
        <p>Syncs your team’s sources into lake tables you can query, and shows every sync live.</p>
        <HealthState />
      </header>
      <nav aria-label="Parts of this server">
        {doors.map((door) => (
          <a key={door.href} href={door.href}>
            <strong>{door.title}</strong>
            <span>{door.text}</span>
          </a>
        ))}
      </nav>
      <footer>
        The API answers at <code>/graphql</code>: POST for queries and mutations, WebSocket, event
        stream or multipart for subscriptions.
      </footer>
    </main>
  );
}
