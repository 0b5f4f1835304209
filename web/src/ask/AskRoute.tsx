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
  const [isGone, setGone] = useState(false);
  const [draft, setDraft] = useState('');
  const [asked, setAsked] = useState<string | null>(null);
  const [error, setError] = useState<unknown>();
  const end = useRef<HTMLDivElement>(null);
  const { data: scenarios } = useQuery(AskScenariosDocument);
  const known = scenarios?.scenarios.filter(({ status }) => status === 'READY') ?? [];

  // An answer may come when one has gone elsewhere.
  const isHere = useRef(true);
  useEffect(() => {
    isHere.current = true;
    return () => {
      isHere.current = false;
    };
  }, []);

  // What is asked before one begins anew has no part in what comes then.
  const begun = useRef(0);
  function beginAnew(scenario: string | null) {
    begun.current += 1;
    setAsked(null);
    setAnswers([]);
    setError(undefined);
    setParams(scenario === null ? {} : { scenario });
  }

  // A conversation that is opened is read; one that is going on is here already.
  const shown = useRef<string | null | undefined>(null);
  useEffect(() => {
    if (conversationId === shown.current) {
      return undefined;
    }
    shown.current = conversationId;
    setAnswers([]);
    setAsked(null);
    setError(undefined);
    setGone(false);
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
          setGone(data?.conversation === null);
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
      // What is on the screen may be ahead of the address.
      const place = shown.current;
      const turn = begun.current;
      const isStillHere = () => isHere.current && begun.current === turn && shown.current === place;
      setError(undefined);
      setAsked(question);
      setDraft('');
      try {
        const { data } = await client.query({
          query: AskQuestionDocument,
          variables: { question, scenarioId, conversationId: place ?? null },
          fetchPolicy: 'no-cache',
        });
        const answer = data?.ask;
        if (isStillHere()) {
          setAsked(null);
          if (answer !== undefined) {
            shown.current = answer.conversationId;
            setAnswers((before) => [...before.filter(({ id }) => id !== answer.id), answer]);
            setParams(
              scenarioId === null
                ? { conversation: answer.conversationId }
                : { conversation: answer.conversationId, scenario: scenarioId },
              { replace: true },
            );
          }
        }
        // There it is kept, wherever one has gone meanwhile.
        if (isHere.current) {
          void client.refetchQueries({ include: [AskConversationsDocument] });
        }
      } catch (failure) {
        if (isStillHere()) {
          setAsked(null);
          setError(failure);
          setDraft((typed) => (typed.trim() === '' ? question : typed));
        }
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

  /** Asks what one has written or chosen, one question after the other. */
  function put(question: string) {
    if (asked === null && !isReading && !isGone) {
      void ask(question);
    }
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    put(draft);
  }

  function onKey(event: KeyboardEvent) {
    if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault();
      put(draft);
    }
  }

  const isNew =
    !isReading && !isGone && answers.length === 0 && asked === null && error === undefined;
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
          onChange={beginAnew}
          clearable
        />
        <Button variant="default" onClick={() => beginAnew(scenarioId)}>
          New conversation
        </Button>
      </PageHeader>
      <Grid>
        <Grid.Col span={{ base: 12, md: 9 }}>
          <Stack gap="lg" role="log" aria-label="Conversation">
            {isReading && <Loading label="Loading the conversation" />}
            {isGone && (
              <Empty title="There is no such conversation">
                It may have been removed, or it is another person's. Begin a new one.
              </Empty>
            )}
            {isNew && (
              <Empty
                title="What do you want to know?"
                action={
                  <Group justify="center" gap="xs">
                    {samples.map((question) => (
                      <Button
                        key={question}
                        variant="default"
                        size="xs"
                        onClick={() => put(question)}
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
              <AnswerCard key={answer.id} answer={answer} onAsk={put} />
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
                disabled={isGone}
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
