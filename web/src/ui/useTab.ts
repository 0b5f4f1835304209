// Which tab of a screen is open: it stands in the address, unless it is the first.

import { useSearchParams } from 'react-router';

/** The tab that is open, and how another is opened. */
export function useTab<Tab extends string>(
  first: Tab,
  others: readonly Tab[],
): [Tab, (tab: string | null) => void] {
  const [params, setParams] = useSearchParams();
  const tab = others.find((one) => one === params.get('tab')) ?? first;
  return [
    tab,
    (next) => setParams(next === null || next === first ? {} : { tab: next }, { replace: true }),
  ];
}
