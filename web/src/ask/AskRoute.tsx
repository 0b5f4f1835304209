// Asking in plain English: a conversation about one scenario, or about all tables. The address keeps both.

import { useApolloClient, useQuery } from '@apollo/client/react';
import { Button, Grid, Group, Loader, Paper, Select, Stack, Text, Textarea } from '@mantine/core';
import { IconSend } from '@tabler/icons-react';
import {
  type FormEvent,
  type KeyboardEvent,
  useCallback,
  useEffect,
  useRef,
  useState,
} from 'react';
import { useSearchParams } from 'react-router';
import { PageHeader } from '../ui/PageHeader';
import { Empty, Failure, Loading } from '../ui/states';
import { AnswerCard } from './AnswerCard';
import {
  type AnswerPartsFragment,
  AskConversationDocument,
  AskConversationsDocument,
  AskQuestionDocument,
  AskScenariosDocument,
} from './Ask.generated';
import { Conversations } from './Conversations';

export default function AskRoute() {
  const client = useApolloClient();
  const [params, setParams] = useSearchParams();
  const conversationId = params.get('conversation');
  const scenarioId = params.get('scenario');
  const [answers, setAnswers] = useState<AnswerPartsFragment[]>([]);
  const [isReading, setReading] = useState(conversationId !== null);
  const [draft, setDraft] = useState('');
  const [asked, setAsked] = useState<string | null>(null);
  const [error, setError] = useState<unknown>();
  const end = useRef<HTMLDivElement>(null);
  const { data: scenarios } = useQuery(AskScenariosDocument);
  const known = scenarios?.scenarios.filter(({ status }) => status === 'READY') ?? [];

  // A conversation that is opened is read; one that is going on is here already.
  const shown = useRef<string | null | undefined>(null);
  useEffect(() => {
    if (conversationId === shown.current) {
      return undefined;
    }
    shown.current = conversationId;
    setAnswers([]);
    setError(undefined);
    setReading(conversationId !== null);
    if (conversationId === null) {
      return undefined;
    }
    let isOver = false;
    client
      .query({
        query: AskConversationDocument,
        variables: { id: conversationId },
        fetchPolicy: 'network-only',
      })
      .then(({ data }) => {
        if (!isOver) {
          setAnswers(data?.conversation?.answers.edges.map(({ node }) => node) ?? []);
        }
      })
      .catch((failure) => !isOver && setError(failure))
      .finally(() => !isOver && setReading(false));
    return () => {
      isOver = true;
      if (shown.current === conversationId) {
        shown.current = undefined;
      }
    };
  }, [client, conversationId]);

  const ask = useCallback(
    async (question: string) => {
      if (question.trim() === '') {
        return;
      }
      setError(undefined);
      setAsked(question);
      setDraft('');
      try {
        const { data } = await client.query({
          query: AskQuestionDocument,
          // What is on the screen may be ahead of the address.
          variables: { question, scenarioId, conversationId: shown.current ?? null },
          fetchPolicy: 'no-cache',
        });
        const answer = data?.ask;
        if (answer !== undefined) {
          shown.current = answer.conversationId;
          setAnswers((before) => [...before, answer]);
          setParams(
            scenarioId === null
              ? { conversation: answer.conversationId }
              : { conversation: answer.conversationId, scenario: scenarioId },
            { replace: true },
          );
          void client.refetchQueries({ include: [AskConversationsDocument] });
        }
      } catch (failure) {
        setError(failure);
        setDraft(question);
      } finally {
        setAsked(null);
      }
    },
    [client, scenarioId, setParams],
  );

  // A link may bring its question along; it is asked once.
  const linked = useRef(params.get('question'));
  useEffect(() => {
    if (linked.current !== null) {
      const question = linked.current;
      linked.current = null;
      void ask(question);
    }
  }, [ask]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: it scrolls with each answer that comes
  useEffect(() => {
    end.current?.scrollIntoView({ block: 'nearest' });
  }, [answers.length, asked]);

  function submit(event: FormEvent) {
    event.preventDefault();
    void ask(draft);
  }

  function onKey(event: KeyboardEvent) {
    if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault();
      void ask(draft);
    }
  }

  const samples = known.find(({ id }) => id === scenarioId)?.sampleQueries ?? [];
  return (
    <>
      <PageHeader
        title="Ask"
        description="In plain English. Every answer shows how it was understood, and its SQL."
      >
        <Select
          aria-label="About"
          placeholder="All tables"
          data={known.map(({ id, name }) => ({ value: id, label: name }))}
          value={scenarioId}
          onChange={(value) => setParams(value === null ? {} : { scenario: value })}
          clearable
        />
        <Button
          variant="default"
          onClick={() => setParams(scenarioId === null ? {} : { scenario: scenarioId })}
        >
          New conversation
        </Button>
      </PageHeader>
      <Grid>
        <Grid.Col span={{ base: 12, md: 9 }}>
          <Stack gap="lg" role="log" aria-label="Conversation">
            {isReading && <Loading label="Loading the conversation" />}
            {!isReading && answers.length === 0 && asked === null && error === undefined && (
              <Empty
                title="What do you want to know?"
                action={
                  <Group justify="center" gap="xs">
                    {samples.map((question) => (
                      <Button
                        key={question}
                        variant="default"
                        size="xs"
                        onClick={() => void ask(question)}
                      >
                        {question}
                      </Button>
                    ))}
                  </Group>
                }
              >
                Ask for counts, totals, trends, comparisons, rankings or what stands out; what is
                not sure is asked back.
              </Empty>
            )}
            {answers.map((answer) => (
              <AnswerCard
                key={answer.id}
                answer={answer}
                onAsk={(question) => void ask(question)}
              />
            ))}
            {asked !== null && (
              <Group role="status">
                <Loader size="sm" aria-hidden="true" />
                <Text>{asked}</Text>
              </Group>
            )}
            {error !== undefined && <Failure error={error} />}
            <div ref={end} />
          </Stack>
          <Paper
            component="form"
            withBorder
            p="sm"
            mt="md"
            pos="sticky"
            bottom={12}
            onSubmit={submit}
            aria-label="Your question"
          >
            <Group align="flex-end" wrap="nowrap">
              <Textarea
                aria-label="Question"
                placeholder="Ask a question"
                autosize
                maxRows={6}
                value={draft}
                onChange={(event) => setDraft(event.currentTarget.value)}
                onKeyDown={onKey}
                style={{ flex: 1 }}
              />
              <Button
                type="submit"
                loading={asked !== null}
                leftSection={<IconSend size={16} aria-hidden="true" />}
              >
                Ask
              </Button>
            </Group>
          </Paper>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 3 }}>
          <Conversations current={conversationId} />
        </Grid.Col>
      </Grid>
    </>
  );
}
