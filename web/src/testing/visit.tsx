// Opens an address of the dashboard as a browser would, with all that stands around a screen.

import { MantineProvider } from '@mantine/core';
import { render } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { createMemoryRouter, RouterProvider } from 'react-router';
import { ConnectionProvider } from '../app/ConnectionProvider';
import { screens } from '../app/routes';
import { theme } from '../ui/theme';

export function visit(path: string) {
  const router = createMemoryRouter(screens, { initialEntries: [path] });
  render(
    <MantineProvider theme={theme} env="test">
      <ConnectionProvider>
        <RouterProvider router={router} />
      </ConnectionProvider>
    </MantineProvider>,
  );
  return {
    user: userEvent.setup({ delay: null }),
    /** What stands in the address bar. */
    address: () => router.state.location.pathname + router.state.location.search,
  };
}
