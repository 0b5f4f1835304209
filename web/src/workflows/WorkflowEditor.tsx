// All of a workflow as a text, to be changed and saved. What the API refuses is shown at the text.

import { Button, Card, Loader, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { lazy, type ReactNode, Suspense, useEffect, useEffectEvent, useState } from 'react';
import { Link, Navigate } from 'react-router';
import { describeError } from '../ui/describeError';
import { KeepUnsaved } from '../ui/KeepUnsaved';
import { PageHeader } from '../ui/PageHeader';
import { Failure } from '../ui/states';
import { ChangedMeanwhile } from './ChangedMeanwhile';
import { PutAside } from './PutAside';

const YamlEditor = lazy(() => import('./YamlEditor'));

/** What a workflow says; one that is there already, with the time since which it does. */
interface Said {
  yaml: string;
  updatedAt?: string;
}

interface Props {
  title: string;
  above: { title: string; to: string }[];
  description: ReactNode;
  /** What to begin with. */
  initial: Said;
  saveLabel: string;
  /** Whether it cannot be saved now. */
  isLocked?: boolean;
  /** Where one goes without saving. */
  back: string;
  /** Saves the text over what was said at a time, and gives the page of the workflow. What it throws is shown. */
  onSave: (yaml: string, ifUpdatedAt: string | undefined) => Promise<string>;
  /** Reads what a workflow that is there says now. */
  onRead?: () => Promise<Said>;
  /** What is to be known before one saves. */
  children?: ReactNode;
}

export function WorkflowEditor({
  title,
  above,
  description,
  initial,
  saveLabel,
  isLocked = false,
  back,
  onSave,
  onRead,
  children,
}: Props) {
  // What another reading of the workflow brings does not replace what is written here.
  const [begun, setBegun] = useState(initial);
  const [shown, setShown] = useState({ text: begun.yaml });
  const [text, setText] = useState(begun.yaml);
  const [aside, setAside] = useState<string>();
  const [isSaving, setSaving] = useState(false);
  const [error, setError] = useState<unknown>();
  const [saved, setSaved] = useState<string>();

  const refused = error === undefined ? undefined : describeError(error);
  const changedAt = refused?.updatedAt;

  async function save(over = begun.updatedAt) {
    if (isSaving || isLocked) {
      return;
    }
    setSaving(true);
    setError(undefined);
    try {
      setSaved(await onSave(text, over));
      notifications.show({ color: 'green', message: 'Saved' });
    } catch (failure) {
      setError(failure);
    } finally {
      setSaving(false);
    }
  }

  /** Writes over the change of that time, and no later one. */
  function overwrite(updatedAt: string) {
    setBegun({ ...begun, updatedAt });
    void save(updatedAt);
  }

  async function look() {
    try {
      const now = await onRead?.();
      if (now !== undefined) {
        setAside(text === begun.yaml ? undefined : text);
        setBegun(now);
        setShown({ text: now.yaml });
        setError(undefined);
      }
    } catch (failure) {
      setError(failure);
    }
  }

  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === 's') {
      // The browser would save the page.
      event.preventDefault();
      void save();
    }
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent) => onKey(event);
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, []);

  if (saved !== undefined) {
    return <Navigate to={saved} replace />;
  }
  return (
    <>
      <KeepUnsaved isUnsaved={text !== begun.yaml || aside !== undefined} />
      <PageHeader title={title} above={above} description={description}>
        <Button component={Link} to={back} replace variant="default">
          Discard
        </Button>
        <Button
          loading={isSaving}
          disabled={isLocked}
          title="Ctrl-S"
          aria-keyshortcuts="Control+S Meta+S"
          onClick={() => void save()}
        >
          {saveLabel}
        </Button>
      </PageHeader>
      <Stack>
        {children}
        {changedAt !== undefined ? (
          <ChangedMeanwhile
            at={changedAt}
            isLocked={isLocked}
            onLook={look}
            onOverwrite={() => overwrite(changedAt)}
          />
        ) : (
          refused !== undefined && <Failure error={error} withField={refused.field !== 'yaml'} />
        )}
        <Card withBorder p={0}>
          <Suspense fallback={<Loader m="md" aria-label="Loading the editor" />}>
            <YamlEditor given={shown} error={error} onChange={setText} />
          </Suspense>
        </Card>
        <Text size="xs" c="dimmed">
          Tab indents; Esc and then Tab leaves the text.
        </Text>
        {aside !== undefined && (
          <PutAside
            text={aside}
            onPutBack={() => {
              setShown({ text: aside });
              setAside(undefined);
            }}
          />
        )}
      </Stack>
    </>
  );
}
