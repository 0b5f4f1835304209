// What the browser calls the page.

import { useEffect } from 'react';

/** Names the page by its screen; leaves its name where there is none. */
export function useTitle(title: string | undefined): void {
  useEffect(() => {
    if (title !== undefined) {
      document.title = `${title} · DataWeaver`;
    }
  }, [title]);
}
