// The list of examples in GraphiQL's side panel; choosing one opens it in a tab of its own.

import { type GraphiQLPlugin, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { type Example, examples } from '../examples';
import { isNarrow } from './layout';
import { recentIds } from './session';

function ExamplesPanel() {
  const { addTab, changeTab, setVisiblePlugin } = useGraphiQLActions();
  const tabs = useGraphiQL((state) => state.tabs);
  const queryEditor = useGraphiQL((state) => state.queryEditor);
  const variableEditor = useGraphiQL((state) => state.variableEditor);

  function open(example: Example) {
    const openTab = tabs.findIndex((tab) => tab.query === example.query);
    if (openTab >= 0) {
      changeTab(openTab);
    } else {
      addTab();
    }
    queryEditor?.setValue(example.query);
    variableEditor?.setValue(variablesText(example));
    if (isNarrow()) {
      setVisiblePlugin(null);
    }
  }

  return (
    <section aria-label="Examples" className="examples">
      <h2>Examples</h2>
      <p>From nothing to rows in the lake, top to bottom. Ids seen in answers are filled in.</p>
      <ol>
        {examples.map((example) => (
          <li key={example.title}>
            <button type="button" onClick={() => open(example)}>
              <span className={`kind ${example.kind}`}>{example.kind}</span>
              <strong>{example.title}</strong>
              <span>{example.summary}</span>
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}

export function variablesText(example: Example): string {
  const variables = recentIds.fill(example.variables);
  return Object.keys(variables).length === 0 ? '' : JSON.stringify(variables, null, 2);
}

function ExamplesIcon() {
  return (
    <svg viewBox="0 0 20 20" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      <path d="M3 5h2m-2 5h2m-2 5h2M8 5h9m-9 5h9m-9 5h6" strokeLinecap="round" />
    </svg>
  );
}

export const examplesPlugin: GraphiQLPlugin = {
  title: 'Examples',
  icon: ExamplesIcon,
  content: ExamplesPanel,
};
