// Asks for a token where the server wants one, or does not take the one that is there.

import { gql, NetworkStatus } from '@apollo/client';
import { useQuery } from '@apollo/client/react';
import { Alert, Button, Group, PasswordInput } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { describeError } from '../ui/describeError';
import { useConnection } from './ConnectionProvider';

/** The least that can be asked. */
const PROBE = gql`
  query MayAsk {
    __typename
  }
`;

export function NewToken() {
  const { token, setToken } = useConnection();
  const { error, networkStatus } = useQuery(PROBE, { fetchPolicy: 'network-only' });
  const [draft, setDraft] = useState('');
  if (networkStatus === NetworkStatus.loading || error === undefined) {
    return null;
  }
  if (describeError(error).code !== 'UNAUTHENTICATED') {
    return null;
  }

  function apply(event: FormEvent) {
    event.preventDefault();
    setToken(draft.trim());
  }

  return (
    <Alert
      color="teal"
      variant="light"
      mb="md"
      icon={<IconKey aria-hidden="true" />}
      title="A token is needed"
    >
      <form onSubmit={apply}>
        <Group align="flex-end">
          <PasswordInput
            label="Bearer token"
            description="Kept until this tab is closed"
            error={token === '' ? undefined : 'the server does not take the token that was given'}
            autoComplete="off"
            value={draft}
            onChange={(event) => setDraft(event.currentTarget.value)}
            miw={280}
          />
          <Button type="submit">Sign in</Button>
        </Group>
      </form>
    </Alert>
  );
}
