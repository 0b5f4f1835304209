// SQL over every lake table: a statement, its rows, and ways to keep both. The address holds the statement.

import { useApolloClient, useQuery } from '@apollo/client/react';
import { Button, Card, Group, Loader, Stack, Text } from '@mantine/core';
import { IconPlayerPlay, IconPlayerStop } from '@tabler/icons-react';
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useSearchParams } from 'react-router';
import { DownloadMenu } from '../app/DownloadMenu';
import { DataGrid } from '../ui/DataGrid';
import { formatCount, formatSpan } from '../ui/format';
import { PageHeader } from '../ui/PageHeader';
import { Failure } from '../ui/states';
import { RunSqlDocument, type RunSqlQuery, SqlTablesDocument } from './Sql.generated';
import { StatementMenu } from './StatementMenu';
import { recentStatements } from './statements';

const SqlEditor = lazy(() => import('./SqlEditor'));

/** Rows that are fetched at most; a download has all. */
const MOST = 100_000;

export default function SqlRoute() {
  const client = useApolloClient();
  const [search, setSearch] = useSearchParams();
  const [statement, setStatement] = useState(search.get('query') ?? '');
  const [result, setResult] = useState<RunSqlQuery['sql'] | null>(null);
  const [error, setError] = useState<unknown>();
  const [isRunning, setRunning] = useState(false);
  const underWay = useRef<AbortController | null>(null);
  const { data } = useQuery(SqlTablesDocument);
  const tables = useMemo(() => {
    const sources = data?.dataSources.nodes ?? [];
    return Object.fromEntries(
      sources.map((source) => [source.tableName, source.schema.map(({ name }) => name)]),
    );
  }, [data]);

  const run = useCallback(
    async (query: string) => {
      if (query.trim() === '') {
        return;
      }
      underWay.current?.abort();
      const stop = new AbortController();
      underWay.current = stop;
      setRunning(true);
      setError(undefined);
      try {
        const answer = await client.query({
          query: RunSqlDocument,
          variables: { query, limit: MOST },
          fetchPolicy: 'no-cache',
          context: { fetchOptions: { signal: stop.signal } },
        });
        if (!stop.signal.aborted) {
          setResult(answer.data?.sql ?? null);
          recentStatements.add(query);
        }
      } catch (failure) {
        if (!stop.signal.aborted) {
          setResult(null);
          setError(failure);
        }
      } finally {
        if (underWay.current === stop) {
          setRunning(false);
        }
      }
    },
    [client],
  );

  // A link shows what its sender saw. Whoever leaves does not wait for what still runs.
  const [linked] = useState(search.get('query'));
  useEffect(() => {
    if (linked !== null) {
      void run(linked);
    }
    return () => underWay.current?.abort();
  }, [run, linked]);

  function runAndLink(query: string) {
    setSearch({ query }, { replace: true });
    void run(query);
  }

  function choose(query: string) {
    setStatement(query);
    setSearch({ query }, { replace: true });
  }

  return (
    <>
      <PageHeader
        title="SQL"
        description="Read-only, over every table of the lake and over system.*"
      />
      <Stack>
        <Card withBorder p={0}>
          <Suspense fallback={<Loader m="md" aria-label="Loading the editor" />}>
            <SqlEditor
              value={statement}
              tables={tables}
              onChange={setStatement}
              onRun={() => runAndLink(statement)}
            />
          </Suspense>
        </Card>
        <Group justify="space-between">
          <Group gap="xs">
            {isRunning ? (
              <Button
                color="red"
                variant="light"
                leftSection={<IconPlayerStop size={16} aria-hidden="true" />}
                onClick={() => {
                  underWay.current?.abort();
                  setRunning(false);
                }}
              >
                Stop
              </Button>
            ) : (
              <Button
                leftSection={<IconPlayerPlay size={16} aria-hidden="true" />}
                title="Ctrl-Enter"
                onClick={() => runAndLink(statement)}
              >
                Run
              </Button>
            )}
            <Button
              variant="default"
              disabled={isRunning}
              onClick={() => void run(`EXPLAIN ${statement}`)}
            >
              Plan
            </Button>
            <StatementMenu statement={statement} onChoose={choose} />
          </Group>
          <DownloadMenu
            label="Export"
            target={(format) => ({ path: '/download/query', body: { query: statement, format } })}
          />
        </Group>
        {error !== undefined && <Failure error={error} />}
        {result !== null && (
          <>
            <Text size="sm" c="dimmed" role="status" className="figures">
              {formatCount(result.rowCount)} {result.rowCount === 1 ? 'row' : 'rows'} in{' '}
              {formatSpan(result.elapsedMs / 1000)}
              {result.truncated && '; there are more: export has all of them'}
            </Text>
            <DataGrid columns={result.columns} rows={result.rows} label="Result" height={560} />
          </>
        )}
      </Stack>
    </>
  );
}
