// The third step: what is there, and what of it is read.

import { useMutation, useQuery } from '@apollo/client/react';
import { Button, Group, Stack, Text } from '@mantine/core';
import { useCallback, useEffect, useRef, useState } from 'react';
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
  const [discover] = useMutation(DiscoverSourcesDocument, {
    variables: { connectorId: id },
  });
  const [isLooking, setLooking] = useState(true);
  const [error, setError] = useState<unknown>();
  const hasBegun = useRef(false);

  const look = useCallback(() => {
    setError(undefined);
    setLooking(true);
    discover()
      .then(() => refetch())
      .catch(setError)
      .finally(() => setLooking(false));
  }, [discover, refetch]);
  useEffect(() => {
    // It is looked for once, however often the step is drawn.
    if (!hasBegun.current) {
      hasBegun.current = true;
      look();
    }
  }, [look]);

  const sources = data?.connector?.dataSources.edges.map(({ node }) => node) ?? [];
  if (isLooking) {
    return <Loading lines={5} label="Looking for what can be read" />;
  }
  if (error !== undefined && sources.length === 0) {
    return <Failure error={error} onRetry={look} />;
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
      {error !== undefined && <Failure error={error} onRetry={look} />}
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
