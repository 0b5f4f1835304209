// What a list is filtered by: it stands in the address of its page.

import { useSearchParams } from 'react-router';

/** The filters, and how one is changed; one without values is gone. */
export function useFilters(): [URLSearchParams, (name: string, values: string[]) => void] {
  const [params, setParams] = useSearchParams();
  function change(name: string, values: string[]) {
    const next = new URLSearchParams(params);
    next.delete(name);
    for (const value of values.filter((one) => one !== '')) {
      next.append(name, value);
    }
    setParams(next, { replace: true });
  }
  return [params, change];
}
