// The dashboard: its theme, its connection to the API, its routes.

import '../ui/mantine.css';
import '../ui/theme.css';
import '../ui/dashboard.css';
import { MantineProvider } from '@mantine/core';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createBrowserRouter, RouterProvider } from 'react-router';
import { theme } from '../ui/theme';
import { ConnectionProvider } from './ConnectionProvider';
import { screens } from './routes';

const root = document.getElementById('root');
if (root === null) {
  throw new Error('the page has no element #root');
}
createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <ConnectionProvider>
        <RouterProvider router={createBrowserRouter(screens)} />
      </ConnectionProvider>
    </MantineProvider>
  </StrictMode>,
);
