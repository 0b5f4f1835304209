// GraphiQL calls its tabs so, though each is a list item around buttons, which a tab may not hold: who hears the page would
// not find them. They are told as what they are, a list of buttons that show what is beside.

import { useGraphiQL } from '@graphiql/react';
import { useEffect } from 'react';

export function TabsAsButtons() {
  const tabs = useGraphiQL((state) => state.tabs);
  const active = useGraphiQL((state) => state.activeTabIndex);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the elements change with the tabs
  useEffect(() => {
    const list = document.querySelector('.graphiql-tabs');
    list?.removeAttribute('role');
    for (const [place, tab] of [...(list?.children ?? [])].entries()) {
      tab.removeAttribute('role');
      tab.removeAttribute('aria-selected');
      const button = tab.querySelector('.graphiql-tab-button');
      button?.setAttribute('aria-current', String(place === active));
    }
    document.querySelector('#graphiql-session')?.setAttribute('role', 'region');
  }, [tabs, active]);
  return null;
}
