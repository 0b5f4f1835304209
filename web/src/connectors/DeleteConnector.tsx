// Deletes a connector, after saying what goes with it.

import { useMutation } from '@apollo/client/react';
import { Checkbox, Text } from '@mantine/core';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { Deletion } from '../ui/Deletion';
import { DeleteConnectorDocument } from './Connector.generated';

export function DeleteConnector({ id, name }: { id: string; name: string }) {
  const [dropData, setDropData] = useState(false);
  const navigate = useNavigate();
  const [remove] = useMutation(DeleteConnectorDocument, {
    update(cache) {
      cache.evict({ id: `Connector:${id}` });
      cache.evict({ fieldName: 'connectors' });
      cache.gc();
    },
  });

  async function confirm() {
    await remove({ variables: { id, dropData } });
    await navigate('/connectors');
  }

  return (
    <Deletion
      kind="connector"
      name={name}
      summary="Its credentials, schedule and history go. The files of its lake tables stay unless you say otherwise."
      onDelete={confirm}
    >
      <Text>
        The connector, its data sources and the record of its syncs are deleted. This cannot be
        undone.
      </Text>
      <Checkbox
        label="Delete its lake tables, too"
        description="Their rows are gone then; what was downloaded is not."
        checked={dropData}
        onChange={(event) => setDropData(event.currentTarget.checked)}
      />
    </Deletion>
  );
}
