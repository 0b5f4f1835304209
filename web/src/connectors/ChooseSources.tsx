// The third step: what is there, and what of it is read.

import { useMutation, useQuery } from '@apollo/client/react';
import { Button, Group, Stack, Text } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { formatCount } from '../ui/format';
import { Empty, Failure, Loading } from '../ui/states';
import { DiscoverSourcesDocument } from './Connector.generated';
import { NewConnectorSourcesDocument } from './NewConnector.generated';
import { SourceTable } from './SourceTable';

interface Props {
  id: string;
  onDone: () => void;
}

export function ChooseSources({ id, onDone }: Props) {
  const { data, refetch } = useQuery(NewConnectorSourcesDocument, {
    variables: { id },
    fetchPolicy: 'network-only',
  });
  const [discover, { loading }] = useMutation(DiscoverSourcesDocument, {
    variables: { connectorId: id },
  });
  const [error, setError] = useState<unknown>();
  const hasBegun = useRef(false);

  useEffect(() => {
    // It is looked for once, however often the step is drawn.
    if (hasBegun.current) {
      return;
    }
    hasBegun.current = true;
    discover()
      .then(() => refetch())
      .catch(setError);
  }, [discover, refetch]);

  const sources = data?.connector?.dataSources.edges.map(({ node }) => node) ?? [];
  if (error !== undefined && sources.length === 0) {
    return (
      <Failure
        error={error}
        onRetry={() =>
          void discover()
            .then(() => refetch())
            .catch(setError)
        }
      />
    );
  }
  if (loading || (sources.length === 0 && data === undefined)) {
    return <Loading lines={5} label="Looking for what can be read" />;
  }
  if (sources.length === 0) {
    return (
      <Empty title="Nothing was found">
        The connection works, but there is nothing to read with these rights.
      </Empty>
    );
  }
  return (
    <Stack>
      <Text c="dimmed">
        {formatCount(sources.length)} found. What is switched on is read by every sync; keys,
        cursors and modes can be changed on each one's page.
      </Text>
      <SourceTable sources={sources} />
      <Group>
        <Button onClick={onDone}>Go on</Button>
      </Group>
    </Stack>
  );
}
