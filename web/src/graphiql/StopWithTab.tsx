// A subscription ends with the tab that it was started in. GraphiQL ends it where another tab is chosen, but would go on
// with it in a tab that is added, and run nothing else there.

import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { useEffect } from 'react';

export function StopWithTab() {
  const { stop } = useGraphiQLActions();
  const tab = useGraphiQL((state) => state.tabs[state.activeTabIndex]?.id);
  useEffect(() => (tab === undefined ? undefined : stop), [tab, stop]);
  return null;
}
