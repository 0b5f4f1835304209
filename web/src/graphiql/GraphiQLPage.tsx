// GraphiQL over our API, with examples beside the editor and a token field above it.

import { HISTORY_PLUGIN } from '@graphiql/plugin-history';
import { GraphiQL } from 'graphiql';
import { useEffect, useMemo, useState } from 'react';
import { examples } from '../examples';
import mark from '../ui/mark.svg';
import { examplesPlugin, variablesText } from './ExamplesPanel';
import { connect } from './fetcher';
import { isNarrow } from './layout';
import { StopWithTab } from './StopWithTab';
import { recentIds } from './session';
import { TabsAsButtons } from './TabsAsButtons';
import { TokenField } from './TokenField';
import { storedToken, storeToken } from './token';

const plugins = [examplesPlugin, HISTORY_PLUGIN];
const firstTabs = examples.slice(0, 1).map((example) => ({
  query: example.query,
  variables: variablesText(example),
}));
const firstPlugin = isNarrow() ? {} : { visiblePlugin: examplesPlugin };

export function GraphiQLPage() {
  const [token, setToken] = useState(storedToken);
  const connection = useMemo(() => connect(token, (answer) => recentIds.watch(answer)), [token]);
  useEffect(() => connection.close, [connection]);

  function changeToken(next: string) {
    storeToken(next);
    setToken(next);
  }

  return (
    <>
      <header className="bar">
        <a href="/" aria-label="DataWeaver, start page">
          <img src={mark} alt="" width="24" height="24" />
          <span>DataWeaver</span>
        </a>
        <h1>GraphiQL</h1>
        <TokenField token={token} onChange={changeToken} />
      </header>
      <main>
        <GraphiQL
          fetcher={connection.fetcher}
          // Variables may hold a connector's password, so tabs and history end with the browser's tab.
          storage={window.sessionStorage}
          defaultTabs={firstTabs}
          defaultEditorToolsVisibility
          shouldPersistHeaders={false}
          schemaDescription
          plugins={plugins}
          {...firstPlugin}
        >
          <GraphiQL.Logo>
            <span />
          </GraphiQL.Logo>
          <StopWithTab />
          <TabsAsButtons />
        </GraphiQL>
      </main>
    </>
  );
}
