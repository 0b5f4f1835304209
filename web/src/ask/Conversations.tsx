// Conversations that were had before.

import { useQuery } from '@apollo/client/react';
import { NavLink, Stack, Text, Title } from '@mantine/core';
import { Link } from 'react-router';
import { Failure } from '../ui/states';
import { Time } from '../ui/Time';
import { AskConversationsDocument } from './Ask.generated';

export function Conversations({ current }: { current: string | null }) {
  const { data, error, refetch } = useQuery(AskConversationsDocument, {
    fetchPolicy: 'cache-and-network',
  });
  const conversations = data?.conversations.edges.map(({ node }) => node);
  return (
    <Stack gap={4} component="nav" aria-label="Conversations">
      <Title order={2} size="h5">
        Before
      </Title>
      {error !== undefined && <Failure error={error} onRetry={() => void refetch()} />}
      {conversations?.length === 0 && (
        <Text size="sm" c="dimmed">
          Conversations are kept here.
        </Text>
      )}
      {conversations?.map(({ id, title, scenarioId, updatedAt }) => (
        <NavLink
          key={id}
          component={Link}
          to={`/ask?conversation=${id}${scenarioId === null ? '' : `&scenario=${scenarioId}`}`}
          label={title}
          description={<Time time={updatedAt} />}
          active={id === current}
        />
      ))}
    </Stack>
  );
}
