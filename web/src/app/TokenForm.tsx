// Where a token is given. Few are asked for one, so it is loaded only then.

import '../ui/mantine-screens.css';
import { Alert, Button, Group, PasswordInput } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { useConnection } from './ConnectionProvider';

export default function TokenForm() {
  const { token, setToken } = useConnection();
  const [draft, setDraft] = useState('');

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
