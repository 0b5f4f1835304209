// The examples offered in GraphiQL: one `.graphql` file each, in the order of the file names, with its
// variables in a `.json` file of the same name. The first two comment lines are the title and what it shows.

export interface Example {
  title: string;
  summary: string;
  kind: 'query' | 'mutation' | 'subscription';
  query: string;
  /** Values of the operation's variables; empty where it takes none. */
  variables: Record<string, unknown>;
}

const operations = import.meta.glob<string>('./*.graphql', {
  eager: true,
  import: 'default',
  query: '?raw',
});
const variables = import.meta.glob<Record<string, unknown>>('./*.json', {
  eager: true,
  import: 'default',
});

export function parseExample(source: string, variables: Record<string, unknown> = {}): Example {
  const [title, summary] = source.split('\n', 2).map((line) => line.replace(/^#\s*/, '').trim());
  const kind = /^(query|mutation|subscription)\b/m.exec(source)?.[1] ?? 'query';
  return {
    title: title ?? '',
    summary: summary ?? '',
    kind: kind as Example['kind'],
    query: source,
    variables,
  };
}

export const examples: Example[] = Object.keys(operations)
  .sort()
  .map((path) => parseExample(operations[path] ?? '', variables[path.replace(/graphql$/, 'json')]));
