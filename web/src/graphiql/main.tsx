import 'graphiql/setup-workers/vite';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import '../ui/theme.css';
// The parts of graphiql/style.css without its two embedded fonts; the system's own are used.
import '@graphiql/react/style.css';
import '@graphiql/plugin-doc-explorer/style.css';
import '@graphiql/plugin-history/style.css';
import 'graphiql/graphiql.css';
import './graphiql.css';
import { GraphiQLPage } from './GraphiQLPage';
import { openPanelOfLocation } from './openPanelOfLocation';

openPanelOfLocation(window.location.hash, window.sessionStorage);

const root = document.getElementById('root');
if (root === null) {
  throw new Error('the page has no element #root');
}
createRoot(root).render(
  <StrictMode>
    <GraphiQLPage />
  </StrictMode>,
);
